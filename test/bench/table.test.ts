import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digits, tableOf } from '../../bench/support/table.ts';
import { resultOf } from './support/results.ts';

const RESULT = resultOf(
  'first-byte',
  {
    opus: [
      { unit: 'ms', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.2 } },
      { baseline: [100, 100], ours: [10, 10] },
    ],
    busy: [{ unit: 'ms', at: 'p99', target: { of: 'ours', relation: '≤', value: 200 } }, { ours: [250] }],
    size: [{ unit: 'MB', at: 'p50' }, { ours: [1] }],
    'opus, against 82557f6': [
      { unit: 'ms', at: 'p50', target: { of: 'lower end', relation: '≤', value: 1 } },
      { baseline: [10, 10], ours: [11, 12] },
    ],
  },
  ['something to know'],
);

describe('the table', () => {
  const [head = '', opus = '', busy = '', size = '', against = '', note = ''] = tableOf([RESULT]).split('\n');

  it('prints baseline, ours, ratio with its range, target and verdict on a line', () => {
    assert.match(opus, /^first-byte +opus +2 +< 200 ms +100 ms +10\.0 ms +0\.100 \(0\.100–0\.100\) +≤ 0\.2 +met$/);
  });

  it('marks a missed target, with its statistic', () => {
    assert.match(busy, /^ +busy, p99 +1 +– +250 ms +– +≤ 200 ms +MISSED$/);
  });

  it('prints no verdict without a target', () => {
    assert.match(size, /1\.00 MB +–$/);
  });

  it('prints the target "no worse" for an earlier commit', () => {
    assert.match(against, /^ +opus, against 82557f6 +2 +10\.0 ms +12\.0 ms +1\.20 \(1\.10–1\.20\) +no worse +MISSED$/);
  });

  it('prints the notes below, and aligns its columns', () => {
    assert.equal(note, '  something to know');
    assert.equal(opus.indexOf('≤ 0.2'), head.indexOf('target'));
    assert.equal(busy.indexOf('≤ 200 ms'), head.indexOf('target'));
  });

  it('prints three significant digits', () => {
    assert.deepEqual([0, 0.01234, 0.5, 12.34, 123.4, 12_345, Number.NaN].map(digits), [
      '0',
      '0.0123',
      '0.500',
      '12.3',
      '123',
      '12345',
      '?',
    ]);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparisonOf, figureOf } from '../../bench/support/figure.ts';
import type { Line, Target } from '../../bench/support/row.ts';
import { quantile, ratioOf, statisticOf } from '../../bench/support/statistics.ts';

const HUNDRED = Array.from({ length: 100 }, (_, index) => index + 1);

function line(target: Target, at: Line['at'] = 'p50'): Line {
  return { unit: 'ms', at, target };
}

describe('statistics', () => {
  it('return the value that a share of the samples does not exceed, in any order of the samples', () => {
    assert.equal(quantile(HUNDRED.toReversed(), 0.5), 51);
    assert.equal(statisticOf(HUNDRED, 'p99'), 100);
    assert.equal(statisticOf(HUNDRED, 'least'), 1);
    assert.equal(statisticOf(HUNDRED, 'largest'), 100);
  });

  it('return NaN without samples', () => {
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });

  it('compare round by round, so that a temporary slowdown of the machine cancels out', () => {
    const { value, p10, p90 } = ratioOf([10, 100, 10], [2, 20, 2], 'p50');
    assert.deepEqual([value, p10, p90], [0.2, 0.2, 0.2]);
  });

  it('divide the values of the two sides for other statistics than the median', () => {
    assert.equal(ratioOf([10, 100], [1, 50], 'p99').value, 0.5);
  });
});

describe('a figure', () => {
  it('meets a ratio at its bound, and misses it above', () => {
    const target: Target = { of: 'ratio', relation: '≤', value: 0.5 };
    assert.equal(figureOf('a', line(target), { baseline: [10], ours: [5] }).isMet, true);
    assert.equal(figureOf('a', line(target), { baseline: [10], ours: [5.1] }).isMet, false);
  });

  it('meets a lower bound', () => {
    const target: Target = { of: 'ours', relation: '≥', value: 60 };
    assert.equal(figureOf('a', line(target, 'least'), { ours: [60] }).isMet, true);
    assert.equal(figureOf('a', line(target, 'least'), { ours: [70, 59] }).isMet, false);
  });

  it('is compared with its target by its own statistic', () => {
    const target: Target = { of: 'ours', relation: '≤', value: 50 };
    const samples = { ours: [...Array(97).fill(1), 90, 90, 90] };
    assert.equal(figureOf('a', line(target, 'p50'), samples).isMet, true);
    assert.equal(figureOf('a', line(target, 'p99'), samples).isMet, false);
  });

  it('misses its target when the value is absent or not a number', () => {
    const target: Target = { of: 'ratio', relation: '≤', value: 0.5 };
    assert.equal(figureOf('a', line(target), { ours: [1] }).isMet, false);
    assert.equal(figureOf('a', line(target), { baseline: [10], ours: [Number.NaN] }).isMet, false);
  });

  it('compares the lower end of the range of the ratio, if that is its target', () => {
    const target: Target = { of: 'lower end', relation: '≤', value: 1 };
    assert.equal(figureOf('a', line(target), { baseline: [10, 10], ours: [10, 12] }).isMet, true);
    assert.equal(figureOf('a', line(target), { baseline: [10, 10], ours: [11, 12] }).isMet, false);
    assert.equal(figureOf('a', line(target), { ours: [1] }).isMet, false);
  });

  it('is neither met nor missed without a target', () => {
    assert.equal('isMet' in figureOf('a', { unit: 'ms', at: 'p50' }, { ours: [1] }), false);
  });
});

describe('a comparison with an earlier commit', () => {
  const compare = (earlier: number[], ours: number[]) =>
    comparisonOf('opus', { line: { unit: 'ms', at: 'p99' }, samples: { earlier, ours }, commit: '82557f6' })[0];

  it('has the commit in its label, the commit’s samples as the baseline, and the median of the ratios', () => {
    const figure = compare([10, 20, 40], [11, 20, 40]);
    assert.equal(figure?.label, 'opus, against 82557f6');
    assert.equal(figure.baseline?.value, 20);
    assert.deepEqual(figure.ratio, { value: 1, p10: 1, p90: 1.1 });
  });

  it('is worse only when the whole range of the ratio is above 1', () => {
    assert.equal(compare([10, 10, 10], [9, 13, 13])?.isMet, true);
    assert.equal(compare([10, 10, 10], [10, 13, 13])?.isMet, true);
    assert.equal(compare([10, 10, 10], [10.1, 13, 13])?.isMet, false);
    assert.equal(compare([10, 10, 10], [8, 8, 8])?.isMet, true);
  });

  it('treats a value as 1 when the table prints it as 1.00', () => {
    assert.equal(compare([1_000], [1_004])?.isMet, true);
    assert.equal(compare([1_000], [1_006])?.isMet, false);
  });

  it('does not exist where no earlier commit was measured', () => {
    const samples = { baseline: [10], ours: [5] };
    assert.deepEqual(comparisonOf('opus', { line: { unit: 'ms', at: 'p50' }, samples, commit: '82557f6' }), []);
  });
});

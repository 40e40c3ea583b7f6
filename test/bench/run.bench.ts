import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { ROWS } from '../../bench/rows.ts';
import { drawPlots } from '../../bench/support/plots.ts';
import { readResults } from '../../bench/support/results.ts';
import { FFMPEG } from '../support/ffmpeg.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { HAS_HISTORY } from './support/history.ts';

const RUN = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
const SHORT = ['first-byte', '--rounds', '1', '--seconds', '2'];
const DISTRIBUTION = findOnPath('ffmpeg', '/usr/bin:/bin:/usr/local/bin');

function bench(...args: string[]) {
  const env = { ...process.env, FFMPEG_PATH: FFMPEG };
  return spawnSync(process.execPath, [RUN, ...args], { encoding: 'utf8', timeout: 240_000, env });
}

describe('npm run bench', () => {
  const skip = DISTRIBUTION === undefined && 'there is no ffmpeg of the distribution';

  it('measures a row with its baseline and an earlier commit in the same rounds, prints and stores it', {
    skip,
  }, async () => {
    using folder = scratchFolder();
    const { stdout, stderr, status } = bench(
      ...SHORT,
      ...['--against', HAS_HISTORY ? 'HEAD' : 'none', '--results', folder.path],
    );
    assert.match(
      stdout,
      /^first-byte +opus +1 +< 200 ms +[\d.]+ ms +[\d.]+ ms +[\d.]+ \(.*\) +≤ 0\.2 +(met|MISSED)$/m,
      stderr,
    );
    assert.match(stdout, /^ +pcm /m);
    if (HAS_HISTORY) {
      assert.match(stdout, /^against +commit [0-9a-f]{7,}$/m, stderr);
      assert.match(
        stdout,
        /^ +opus, against [0-9a-f]{7,} +1 +[\d.]+ ms +[\d.]+ ms +[\d.]+ \(.*\) +no worse +(met|MISSED)$/m,
        stderr,
      );
    }

    const [result] = await readResults(folder.path);
    const labels = ['opus', 'aac', 'pcm'];
    assert.deepEqual(
      result?.figures.map(({ label }) => label.replace(/ [0-9a-f]+$/, '')),
      HAS_HISTORY ? [...labels, ...labels.map((label) => `${label}, against`)] : labels,
    );
    // The machine decides whether the target is met. A miss must be reported.
    assert.equal(status, result.figures.every(({ isMet }) => isMet) ? 0 : 1);
    for (const { baseline, ours, ratio } of result.figures) {
      assert.ok(ours.value > 0 && baseline !== undefined && ratio !== undefined);
      assert.ok(Math.abs(ratio.value - ours.value / baseline.value) < 0.01 * ratio.value);
    }

    const [plot = ''] = await drawPlots(folder.path, folder.path);
    assert.equal(plot, folder.file('performance.svg'));
  });

  it('refuses an unknown row', () => {
    const { stderr, status } = bench('no-such-row');
    assert.notEqual(status, 0);
    assert.match(stderr, /there is no row no-such-row/);
  });

  it('lists every row once', () => {
    const names = bench('--list')
      .stdout.trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    assert.deepEqual(
      names,
      ROWS.map(({ name }) => name),
    );
    assert.equal(new Set(names).size, names.length);
  });
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KILLS } from '../bench/rows/kills.ts';
import { findFfmpegs } from '../bench/support/ffmpegs.ts';
import { createTrackFolder } from '../bench/support/tracks.ts';

const LONGEST_WAIT_MS = 3_000;

/** The beginning of `npm run test:long -- kills`, which measures the same. */
it('a playlist loses no sample and waits 3 s at most while its service is killed again and again', async (t) => {
  const ffmpegs = await findFfmpegs();
  using music = createTrackFolder(ffmpegs.distribution, 40);
  const { samples, notes = [] } = await KILLS.measure({ rounds: 5, ffmpegs, music });
  for (const note of notes) t.diagnostic(note);
  const longest = Math.max(...(samples['wait']?.ours ?? []));
  t.diagnostic(`the longest wait was ${longest.toFixed(0)} ms`);
  assert.ok(longest <= LONGEST_WAIT_MS, `${longest} ms`);
});

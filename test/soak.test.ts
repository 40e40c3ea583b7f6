import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { it } from 'node:test';
import { FAULT_KINDS } from '../bench/soak/fault-plan.ts';
import { runSoak } from '../bench/soak/run.ts';

/** The beginning of `npm run test:long -- soak`. In this plan ffmpeg, the host and PostgreSQL are killed. */
const SEED = 'a';

it('playlists go on in time and lose nothing while processes and sources fail, and nothing is left', async () => {
  const isClean = await runSoak({ minutes: 0.4, channels: 3, seed: SEED, kinds: FAULT_KINDS });
  assert.ok(isClean, 'the report above names what was violated');
  rmSync(new URL(`../out/soak-${SEED}.log`, import.meta.url));
});

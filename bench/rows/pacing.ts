import { setTimeout as delay } from 'node:timers/promises';
import { startLive } from '../../test/support/live-stream.ts';
import { startRig } from '../support/rig.ts';
import { defineRow, type Line, type Samples } from '../support/row.ts';

/** The measured time after the lead, in seconds. */
const PACED_SECONDS = 10;
const LEAD_SECONDS = 2;
const LINE: Line = { unit: 's', at: 'largest', target: { of: 'ours', relation: '≤', value: 0.3 } };
const BYTES_PER_SECOND = 48_000 * 4;

export const PACING = defineRow({
  name: 'pacing',
  title: `deviation of live streams from real time over ${PACED_SECONDS} s`,
  specification: '–',
  rounds: 3,
  isExtra: true,
  lines: { 'at 0.5': LINE, 'at 1.0': LINE, 'at 2.0': LINE, 'ten at once': LINE },
  async measure({ rounds, music }) {
    await using rig = await startRig({ files: [await music.looped(2)], database: true });

    async function offBy(speeds: readonly number[]): Promise<number> {
      await using streams = new AsyncDisposableStack();
      const all = await Promise.all(
        speeds.map(async (speed) =>
          streams.use(await startLive(rig.host, { source_url: rig.freshUrl(), filters: { speed } })),
        ),
      );
      await delay(LEAD_SECONDS * 1_000);
      const startedAt = performance.now();
      const before = all.map((stream) => stream.bytes());
      await delay(PACED_SECONDS * 1_000);
      const elapsed = (performance.now() - startedAt) / 1_000;
      const seconds = all.map((stream, index) => (stream.bytes() - (before[index] ?? 0)) / BYTES_PER_SECOND);
      return Math.max(...seconds.map((value) => Math.abs(value - elapsed)));
    }

    async function repeated(speeds: readonly number[]): Promise<Samples> {
      const ours: number[] = [];
      for (let round = 0; round < rounds; round += 1) ours.push(await offBy(speeds));
      return { ours };
    }

    const mixed = Array.from({ length: 10 }, (_, index) => [0.5, 1, 2][index % 3] ?? 1);
    return {
      samples: {
        'at 0.5': await repeated([0.5]),
        'at 1.0': await repeated([1]),
        'at 2.0': await repeated([2]),
        'ten at once': await repeated(mixed),
      },
    };
  },
});

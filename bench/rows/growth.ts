import { setTimeout as delay } from 'node:timers/promises';
import { processCpuSeconds } from '../support/cpu.ts';
import { GROWTH_COUNTS, GROWTH_PARTS, type GrowthPart, growthLabel } from '../support/growth.ts';
import { playLive } from '../support/live-load.ts';
import { descendantsOf, pssMegabytes } from '../support/memory.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { defineRow, type Line, type Samples } from '../support/row.ts';

/** How long all streams play before the measurement, and how long the measurement takes, ms. */
const PLAYED_MS = 3_000;
const LOOKED_MS = 10_000;
/** Long enough that no stream ends. */
const LOOPS = 10;

const LINES: Readonly<Record<string, Line>> = Object.fromEntries(
  GROWTH_COUNTS.flatMap((count) =>
    GROWTH_PARTS.map((part) => [growthLabel(part, count), { unit: part.endsWith('CPU') ? '%' : 'MB', at: 'p50' }]),
  ),
);

/** The memory of the host is its growth compared with an idle host. */
export const GROWTH = defineRow({
  name: 'growth',
  title: 'cost of each of N live streams: % of one core, MB of memory (PSS)',
  specification: '–',
  rounds: 1,
  isExtra: true,
  lines: LINES,
  async measure({ rounds, music }) {
    const file = await music.looped(LOOPS);
    const samples = new Map<string, number[]>(Object.keys(LINES).map((label) => [label, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const count of GROWTH_COUNTS) {
        await using rig = await startRig({ files: [file], database: true });
        for (const [part, value] of Object.entries(await eachTakes(rig, count))) {
          samples.get(growthLabel(part as GrowthPart, count))?.push(value);
        }
      }
    }
    const entries = [...samples].map(([label, ours]): [string, Samples] => [label, { ours }]);
    return { samples: Object.fromEntries(entries) };
  },
});

async function eachTakes(rig: Rig, count: number): Promise<Readonly<Record<GrowthPart, number>>> {
  const { pid } = rig.host;
  const idle = pssMegabytes([pid]);
  await using _load = await playLive(rig, { count });
  await delay(PLAYED_MS);
  const ffmpegs = descendantsOf(pid);
  const now = () => ({
    at: performance.now(),
    host: processCpuSeconds(pid),
    ffmpeg: ffmpegs.reduce((sum, each) => sum + processCpuSeconds(each), 0),
  });
  const before = now();
  await delay(LOOKED_MS);
  const after = now();
  const percent = (part: 'host' | 'ffmpeg') => ((after[part] - before[part]) / (after.at - before.at)) * 1e5;
  return {
    'host CPU': percent('host') / count,
    'ffmpeg CPU': percent('ffmpeg') / count,
    'host memory': (pssMegabytes([pid]) - idle) / count,
    'ffmpeg memory': pssMegabytes(ffmpegs) / count,
  };
}

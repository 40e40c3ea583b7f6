import { cacheStatusOf, cpuOfSides, READING } from '../support/cpu-sides.ts';
import { assertDelivers } from '../support/delivered.ts';
import { byService, oldWay, PLAIN } from '../support/plays.ts';
import { startRig } from '../support/rig.ts';
import { defineRow } from '../support/row.ts';

const LISTENERS = 10;
/** Time from the first start to the last one. */
const WITHIN_MS = 1_000;

/** Each round has a new track: savings come only from sharing between these ten listeners. */
export const SHARING = defineRow({
  name: 'sharing',
  title: `processor time of ${LISTENERS} listeners of one track that start within a second`,
  specification: '–',
  rounds: 5,
  lines: {
    opus: { unit: 's', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.15 } },
    'of it, reading': READING,
  },
  async measure({ rounds, ffmpegs, music }) {
    await using rig = await startRig({ files: await music.tracks(1), database: true });
    const service = (url: string) => byService(rig.host.url, { source_url: url });
    await assertDelivers(rig.orchestrator, service(rig.freshUrl()), { format: 'opus', seconds: music.seconds });
    const { whole, reading, played } = await cpuOfSides(rig, {
      rounds,
      staggerMs: WITHIN_MS / LISTENERS,
      baseline: () => Array(LISTENERS).fill(oldWay(ffmpegs.distribution, { url: rig.freshUrl(), output: PLAIN.opus })),
      ours: () => Array(LISTENERS).fill(service(rig.freshUrl())),
    });
    if (new Set(played.map(({ bytes }) => bytes)).size !== 1) throw new Error('the listeners received different bytes');
    return { samples: { opus: whole, 'of it, reading': reading }, notes: [cacheStatusOf(played)] };
  },
});

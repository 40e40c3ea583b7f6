import { cacheStatusOf, cpuOfSides, READING } from '../support/cpu-sides.ts';
import { assertDelivers } from '../support/delivered.ts';
import { byService, oldWay, PLAIN } from '../support/plays.ts';
import { startRig } from '../support/rig.ts';
import { defineRow } from '../support/row.ts';

/** So many at once: one would be too little to be measured well. */
const AT_ONCE = 10;

export const CACHE = defineRow({
  name: 'cache',
  title: 'processor time of the same request again later',
  specification: '–',
  rounds: 5,
  lines: {
    opus: { unit: 's', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.05 } },
    'of it, reading': READING,
  },
  async measure({ rounds, ffmpegs, music }) {
    await using rig = await startRig({ files: await music.tracks(1), database: true });
    const url = rig.freshUrl();
    const asked = byService(rig.host.url, { source_url: url });
    const command = oldWay(ffmpegs.distribution, { url, output: PLAIN.opus });
    // The first one is encoded; what comes then is checked to be the whole track as well.
    const [first] = await rig.orchestrator.play([asked]);
    await rig.settled();
    await assertDelivers(rig.orchestrator, asked, { format: 'opus', seconds: music.seconds });
    const { whole, reading, played } = await cpuOfSides(rig, {
      rounds,
      baseline: () => Array(AT_ONCE).fill(command),
      ours: () => Array(AT_ONCE).fill(asked),
    });
    const other = played.find(({ bytes }) => bytes !== first?.bytes);
    if (other !== undefined) throw new Error(`${other.bytes} bytes came again instead of ${first?.bytes}`);
    return { samples: { opus: whole, 'of it, reading': reading }, notes: [cacheStatusOf(played)] };
  },
});

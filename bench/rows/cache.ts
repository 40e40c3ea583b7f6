import { cacheStatusOf, cpuOfSides, READING } from '../support/cpu-sides.ts';
import { assertDelivers } from '../support/delivered.ts';
import { byService, oldWay, PLAIN } from '../support/plays.ts';
import { startRig } from '../support/rig.ts';
import { defineRow } from '../support/row.ts';

/** Number of parallel requests: one takes too little CPU time to measure. */
const AT_ONCE = 10;

export const CACHE = defineRow({
  name: 'cache',
  title: 'processor time of a repeated request',
  specification: '–',
  rounds: 5,
  lines: {
    opus: { unit: 's', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.05 } },
    'of it, reading': READING,
  },
  async measure({ rounds, ffmpegs, music }) {
    await using rig = await startRig({ files: await music.tracks(1), database: true });
    const url = rig.freshUrl();
    const request = byService(rig.host.url, { source_url: url });
    const command = oldWay(ffmpegs.distribution, { url, output: PLAIN.opus });
    // The first request is encoded. The second one must also return the whole track.
    const [first] = await rig.orchestrator.play([request]);
    await rig.settled();
    await assertDelivers(rig.orchestrator, request, { format: 'opus', seconds: music.seconds });
    const { whole, reading, played } = await cpuOfSides(rig, {
      rounds,
      baseline: () => Array(AT_ONCE).fill(command),
      ours: () => Array(AT_ONCE).fill(request),
    });
    const other = played.find(({ bytes }) => bytes !== first?.bytes);
    if (other !== undefined) throw new Error(`a repeated request returned ${other.bytes} bytes, not ${first?.bytes}`);
    return { samples: { opus: whole, 'of it, reading': reading }, notes: [cacheStatusOf(played)] };
  },
});

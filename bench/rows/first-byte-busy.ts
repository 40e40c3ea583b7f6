import { assertDelivers } from '../support/delivered.ts';
import { serviceMs, subprocessMs } from '../support/first-bytes.ts';
import { playLive } from '../support/live-load.ts';
import { byService, oldWay, PLAIN } from '../support/plays.ts';
import { startRig } from '../support/rig.ts';
import { inTurn } from '../support/rounds.ts';
import { defineRow } from '../support/row.ts';

const PLAYING = 49;
/** Long enough that no running stream ends. */
const LOOPS = 10;

/** The baseline is ffmpeg alone under the same load. */
export const FIRST_BYTE_BUSY = defineRow({
  name: 'first-byte-busy',
  title: `SC-001: the same while ${PLAYING} live streams play, everything adjustable`,
  specification: '< 200 ms',
  rounds: 100,
  lines: { opus: { unit: 'ms', at: 'p99', target: { of: 'ours', relation: '≤', value: 200 } } },
  async measure({ rounds, ffmpegs, music }) {
    await using rig = await startRig({
      files: [...(await music.tracks(1)), await music.looped(LOOPS)],
      database: true,
    });
    const request = () => byService(rig.host.url, { source_url: rig.freshUrl() });
    await assertDelivers(rig.orchestrator, request(), { format: 'opus', seconds: music.seconds });
    await using _load = await playLive(rig, { count: PLAYING, file: 1 });
    const opus = await inTurn({
      rounds,
      warmUp: 2,
      baseline: () => subprocessMs(oldWay(ffmpegs.distribution, { url: rig.freshUrl(), output: PLAIN.opus })),
      async ours() {
        const ms = await serviceMs(request());
        await rig.settled(PLAYING);
        return ms;
      },
    });
    return { samples: { opus } };
  },
});

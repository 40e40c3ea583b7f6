import { assertDelivers } from '../support/delivered.ts';
import { serviceMs, subprocessMs } from '../support/first-bytes.ts';
import { type BareFormat, byService, oldWay, PLAIN } from '../support/plays.ts';
import { type Service, servicesOf, startRig } from '../support/rig.ts';
import { eachService, inTurn } from '../support/rounds.ts';
import { defineRow, type Samples } from '../support/row.ts';

/** Time from the request to the first 4 KiB of the response. The baseline is the distribution's ffmpeg alone. */
export const FIRST_BYTE = defineRow({
  name: 'first-byte',
  title: 'SC-001: request to the first 4 KiB of audio',
  specification: '< 200 ms',
  rounds: 30,
  comparesCommits: true,
  lines: {
    opus: { unit: 'ms', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.2 } },
    aac: { unit: 'ms', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.4 } },
    pcm: { unit: 'ms', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.2 } },
  },
  async measure({ rounds, ffmpegs, music, earlier }) {
    await using rig = await startRig({ files: await music.tracks(1), earlier: earlier?.host });
    const measure = async (format: BareFormat): Promise<Samples> => {
      const playedBy = ({ host }: Service) =>
        byService(host.url, { source_url: rig.freshUrl(), output_format: format });
      for (const service of servicesOf(rig)) {
        await assertDelivers(rig.orchestrator, playedBy(service), { format, seconds: music.seconds });
      }
      return await inTurn({
        rounds,
        warmUp: 2,
        baseline: () => subprocessMs(oldWay(ffmpegs.distribution, { url: rig.freshUrl(), output: PLAIN[format] })),
        ...eachService(rig, async (service) => {
          const ms = await serviceMs(playedBy(service));
          // Waits until the cut stream has ended before the next one begins.
          await service.settled();
          return ms;
        }),
      });
    };
    return { samples: { opus: await measure('opus'), aac: await measure('aac'), pcm: await measure('pcm') } };
  },
});

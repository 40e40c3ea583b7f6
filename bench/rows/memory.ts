import { setTimeout as delay } from 'node:timers/promises';
import { startLive } from '../../test/support/live-stream.ts';
import { assertDelivers } from '../support/delivered.ts';
import { descendantsOf, pssMegabytes } from '../support/memory.ts';
import { startOrchestrator } from '../support/orchestrator.ts';
import { byService, oldWay, PLAIN } from '../support/plays.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { inTurn } from '../support/rounds.ts';
import { defineRow } from '../support/row.ts';

const STREAMS = 10;
/** They have played so long when they are looked at. */
const PLAYED_MS = 10_000;

/** The baseline is ten of the distribution's ffmpeg that play in real time, without the program that reads them. */
export const MEMORY = defineRow({
  name: 'memory',
  title: `SC-002: memory (PSS) of the service and ${STREAMS} live streams, everything adjustable, without PostgreSQL`,
  specification: '< 256 MB',
  rounds: 3,
  lines: {
    'service and ffmpegs': { unit: 'MB', at: 'largest', target: { of: 'ours', relation: '≤', value: 150 } },
    'ffmpegs alone': { unit: 'MB', at: 'largest' },
  },
  async measure({ rounds, ffmpegs, music }) {
    await using rig = await startRig({ files: await music.tracks(1), database: true });
    const asked = byService(rig.host.url, { source_url: rig.freshUrl() });
    await assertDelivers(rig.orchestrator, asked, { format: 'opus', seconds: music.seconds });
    const encoders: number[] = [];
    const whole = await inTurn({
      rounds,
      baseline: () => ofOldWay(rig, ffmpegs.distribution),
      async ours() {
        const { service, ffmpegs: theirs } = await ofService(rig);
        encoders.push(theirs);
        return service + theirs;
      },
    });
    return { samples: { 'service and ffmpegs': whole, 'ffmpegs alone': { baseline: whole.baseline, ours: encoders } } };
  },
});

async function ofOldWay(rig: Rig, ffmpeg: string): Promise<number> {
  await using orchestrator = startOrchestrator();
  const plays = Array.from({ length: STREAMS }, () =>
    oldWay(ffmpeg, { url: rig.freshUrl(), output: PLAIN.opus, input: ['-re'] }),
  );
  orchestrator.listen(plays, { gapMs: 0 }).catch(() => undefined);
  await delay(PLAYED_MS);
  return allPlaying(orchestrator.pid);
}

async function ofService(rig: Rig): Promise<{ service: number; ffmpegs: number }> {
  await using streams = new AsyncDisposableStack();
  for (let index = 0; index < STREAMS; index += 1) {
    const stream = streams.use(await startLive(rig.host, { source_url: rig.freshUrl(), output_format: 'opus' }));
    // Each is changed once, so that what is adjustable is shown to be.
    const { status } = await stream.patch({ speed: 1 + index / 50, volume: 0.9, eq_preset: 'bass_boost' });
    if (status !== 200) throw new Error(`a change of filters was answered with ${status}`);
  }
  await delay(PLAYED_MS);
  const figures = { service: pssMegabytes([rig.host.pid]), ffmpegs: allPlaying(rig.host.pid) };
  await streams.disposeAsync();
  await rig.settled();
  return figures;
}

/** Of the ffmpegs that a process has started; throws an Error when one of them is not there. */
function allPlaying(pid: number): number {
  const pids = descendantsOf(pid);
  if (pids.length !== STREAMS) throw new Error(`${pids.length} play instead of ${STREAMS}`);
  return pssMegabytes(pids);
}

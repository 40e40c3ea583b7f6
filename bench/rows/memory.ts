import { setTimeout as delay } from 'node:timers/promises';
import { startLive } from '../../test/support/live-stream.ts';
import { assertDelivers } from '../support/delivered.ts';
import { descendantsOf, isLauncher, pssMegabytes } from '../support/memory.ts';
import { startOrchestrator } from '../support/orchestrator.ts';
import { type HostProgram, startSource } from '../support/part.ts';
import { byService, oldWay, PLAIN } from '../support/plays.ts';
import { startRig } from '../support/rig.ts';
import { inTurn, ofServices } from '../support/rounds.ts';
import { defineRow } from '../support/row.ts';
import type { TrackFolder } from '../support/tracks.ts';

const STREAMS = 10;
/** How long the streams play before the measurement. */
const PLAYED_MS = 10_000;

/** The baseline is ten ffmpegs of the distribution that play in real time, without the program that reads them. */
export const MEMORY = defineRow({
  name: 'memory',
  title: `SC-002: memory (PSS) of the service and ${STREAMS} live streams, everything adjustable, without PostgreSQL`,
  specification: '< 256 MB',
  rounds: 5,
  comparesCommits: true,
  lines: {
    'service and ffmpegs': { unit: 'MB', at: 'largest', target: { of: 'ours', relation: '≤', value: 150 } },
    'ffmpegs alone': { unit: 'MB', at: 'largest' },
    'host alone': { unit: 'MB', at: 'largest' },
    'idle runner of jobs': { unit: 'MB', at: 'largest', target: { of: 'ours', relation: '≤', value: 60 } },
    'all of it, with the runner': { unit: 'MB', at: 'largest', target: { of: 'ours', relation: '≤', value: 256 } },
  },
  async measure({ rounds, ffmpegs, music, earlier }) {
    const turns = await inTurn<Taken, number>({
      rounds,
      baseline: () => ofOldWay(music, ffmpegs.distribution),
      ours: () => ofService(music),
      ...(earlier && { earlier: () => ofService(music, earlier.host) }),
    });
    const { baseline, ours } = turns;
    return {
      samples: {
        'service and ffmpegs': { baseline, ...ofServices(turns, (taken) => taken.host + taken.ffmpegs) },
        'ffmpegs alone': { baseline, ours: ours.map((taken) => taken.ffmpegs) },
        'host alone': ofServices(turns, (taken) => taken.host),
        'idle runner of jobs': { ours: ours.map((taken) => taken.runner) },
        'all of it, with the runner': { ours: ours.map((taken) => taken.host + taken.ffmpegs + taken.runner) },
      },
    };
  },
});

/** MB. */
type Taken = { readonly host: number; readonly ffmpegs: number; readonly runner: number };

async function ofOldWay(music: TrackFolder, ffmpeg: string): Promise<number> {
  await using source = await startSource(...(await music.tracks(1)));
  await using orchestrator = startOrchestrator();
  const plays = Array.from({ length: STREAMS }, () =>
    oldWay(ffmpeg, { url: `${source.url}0`, output: PLAIN.opus, input: ['-re'] }),
  );
  orchestrator.listen(plays, { gapMs: 0 }).catch(() => undefined);
  await delay(PLAYED_MS);
  return allPlaying(orchestrator.pid);
}

/**
 * Starts a new host each time, because its memory differs more between starts than between rounds. Only one host runs
 * at a time, because two would share the memory of the Node program.
 */
async function ofService(music: TrackFolder, program?: HostProgram): Promise<Taken> {
  await using rig = await startRig({
    files: await music.tracks(1),
    database: true,
    // An earlier commit is measured as it was.
    runner: program === undefined,
    program,
  });
  const play = byService(rig.host.url, { source_url: rig.freshUrl() });
  await assertDelivers(rig.orchestrator, play, { format: 'opus', seconds: music.seconds });
  await using streams = new AsyncDisposableStack();
  for (let index = 0; index < STREAMS; index += 1) {
    const stream = streams.use(await startLive(rig.host, { source_url: rig.freshUrl(), output_format: 'opus' }));
    // Changes each stream once, to prove that it is adjustable.
    const { status } = await stream.patch({ speed: 1 + index / 50, volume: 0.9, eq_preset: 'bass_boost' });
    if (status !== 200) throw new Error(`a change of filters failed with status ${status}`);
  }
  await delay(PLAYED_MS);
  const runner = rig.runner === undefined ? 0 : pssMegabytes([rig.runner.pid]);
  return { host: pssMegabytes([rig.host.pid]), ffmpegs: allPlaying(rig.host.pid), runner };
}

/**
 * Returns the memory of the ffmpegs that a process has started, and of the launcher of its next one. Throws an Error when
 * one is missing.
 */
function allPlaying(pid: number): number {
  const pids = descendantsOf(pid);
  const playing = pids.filter((each) => !isLauncher(each));
  if (playing.length !== STREAMS) throw new Error(`${playing.length} ffmpegs are running, not ${STREAMS}`);
  return pssMegabytes(pids);
}

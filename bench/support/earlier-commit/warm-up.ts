import { startLive } from '../../../test/support/live-stream.ts';
import { assertDelivers } from '../delivered.ts';
import type { HostProgram } from '../part.ts';
import { byService } from '../plays.ts';
import { servicesOf, startRig } from '../rig.ts';
import type { TrackFolder } from '../tracks.ts';

/** Long enough that the live stream does not end before the change. */
const LOOPS = 10;
const FORMATS = ['opus', 'aac', 'pcm'] as const;

/**
 * Sends the requests of the rows to both hosts once. After that, the compile cache of each has all of its modules. A
 * host without them loads the TypeScript stripper and uses a third more memory.
 */
export async function warmUp(earlier: HostProgram, music: TrackFolder): Promise<void> {
  const files = [...(await music.tracks(1)), await music.looped(LOOPS)];
  await using rig = await startRig({ files, database: true, earlier });
  for (const { host } of servicesOf(rig)) {
    for (const format of FORMATS) {
      const play = byService(host.url, { source_url: rig.freshUrl(), output_format: format });
      await assertDelivers(rig.orchestrator, play, { format, seconds: music.seconds });
    }
    await using stream = await startLive(host, { source_url: rig.freshUrl(1) });
    const { status } = await stream.patch({ speed: 1.25 });
    if (status !== 200) throw new Error(`the warm-up's change of filters failed with status ${status}`);
  }
}

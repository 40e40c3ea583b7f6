import { confinedInput, seeksExactly } from '#lib/jobs/media/formats.ts';
import type { ClipSource } from '#lib/jobs/plan/job-plan.ts';

/** Cuts that are nearer to the start than this are decoded up to, seconds. */
const NEAR_SECONDS = 3;
/** The same for sound alone: decoding it costs less, and a seek in it may not be exact. */
const NEAR_SOUND_SECONDS = 600;
/** How far before a cut a file is opened whose index does not name key frames, seconds. */
const MARGIN_SECONDS = 10;

/** An opened clip: ffmpeg's input options, and where the clip begins after them. */
export type OpenedClip = { readonly args: readonly string[]; readonly offset: string };

/**
 * Opens the input of a clip. ffmpeg decodes from a key frame on, and the filters cut. So the frame that is shown at the
 * cut is kept, even if it began before the cut.
 */
export function openClip(
  { from, container, picture }: Pick<ClipSource, 'from' | 'container' | 'picture'>,
  file: string,
): OpenedClip {
  const near = picture === null ? NEAR_SOUND_SECONDS : NEAR_SECONDS;
  const target = seeksExactly(container) ? from : from - MARGIN_SECONDS;
  const seek = target < near ? 0 : Math.floor(target * 1_000) / 1_000;
  return {
    args: [
      ...(seek > 0 ? ['-noaccurate_seek', '-ss', seek.toFixed(3)] : []),
      // A picture that changes its size would start the graph anew, and the timeline with it. `scale` follows by itself.
      ...(picture === null ? [] : ['-reinit_filter:v', '0']),
      ...['-threads', '2', ...confinedInput(file, container)],
    ],
    offset: (from - seek).toFixed(6),
  };
}

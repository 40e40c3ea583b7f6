import { confinedInput, seeksExactly } from '#lib/jobs/media/formats.ts';
import type { ClipSource } from '#lib/jobs/plan/planned-clip.ts';

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
  // Of a still picture, nothing is left after its only frame.
  if (picture?.isStill === true) return { args: decodedInput({ container, picture }, file), offset: '0.000000' };
  const near = picture === null ? NEAR_SOUND_SECONDS : NEAR_SECONDS;
  const target = seeksExactly(container) ? from : from - MARGIN_SECONDS;
  const seek = target < near ? 0 : Math.floor(target * 1_000) / 1_000;
  return {
    args: [
      ...(seek > 0 ? ['-noaccurate_seek', '-ss', seek.toFixed(3)] : []),
      ...decodedInput({ container, picture }, file),
    ],
    offset: (from - seek).toFixed(6),
  };
}

/** Returns the options of an input that is decoded. */
export function decodedInput(
  { container, picture }: Pick<ClipSource, 'container' | 'picture'>,
  file: string,
): string[] {
  return [
    // A picture that changes its size would start the graph anew, and the timeline with it. `scale` follows by itself.
    ...(picture === null ? [] : ['-reinit_filter:v', '0']),
    ...(picture?.decoder == null ? [] : [`-c:${picture.stream}`, picture.decoder]),
    ...['-threads', '2', ...confinedInput(file, container)],
  ];
}

/** How much earlier than a frame an input is opened: the frame may repeat one that began earlier. */
const LEAD_SECONDS = 2;

/**
 * Returns the options that open an input a little before a time. Its time stamps stay those of the file, so that its
 * frames lie on the same grid wherever it is opened.
 */
export function anchoredSeek({ container }: Pick<ClipSource, 'container'>, seconds: number): string[] {
  const margin = seeksExactly(container) ? 0 : MARGIN_SECONDS;
  const seek = Math.floor(seconds - LEAD_SECONDS - margin);
  return seek < NEAR_SECONDS ? [] : ['-noaccurate_seek', '-ss', String(seek), '-itsoffset', String(seek)];
}

import { SAMPLE_RATE } from './rates.ts';

/** Segments are about as long as this, and none is shorter or longer than `SEGMENT_SECONDS`. */
const USUAL_SECONDS = 4;
export const SEGMENT_SECONDS = { shortest: 2, longest: 6 } as const;

/** Samples of a frame of AAC. */
export const AAC_FRAME = 1_024;

/** Returns into how many segments of equal length a film is cut. One shorter than six seconds is one segment. */
export function pictureSegments(seconds: number): number {
  return Math.max(1, Math.round(seconds / USUAL_SECONDS));
}

const FRAMES_PER_SECOND = SAMPLE_RATE / AAC_FRAME;
const USUAL_FRAMES = Math.round(USUAL_SECONDS * FRAMES_PER_SECOND);
const FEWEST_FRAMES = Math.ceil(SEGMENT_SECONDS.shortest * FRAMES_PER_SECOND);
const MOST_FRAMES = Math.floor(SEGMENT_SECONDS.longest * FRAMES_PER_SECOND);
/** The encoder may make a frame more or less than expected. */
const SLACK_FRAMES = 2;

/**
 * Returns how many frames of AAC a segment of sound has. All segments but the last are equally long; the last has at
 * least two seconds too, if the whole has.
 */
export function soundSegmentFrames(samples: number): number {
  // One more in front: the delay of the encoder.
  const frames = Math.ceil(samples / AAC_FRAME) + 1;
  if (frames <= MOST_FRAMES - SLACK_FRAMES) return MOST_FRAMES;
  const lengths = Array.from({ length: MOST_FRAMES - FEWEST_FRAMES - 1 }, (_, index) => FEWEST_FRAMES + 1 + index);
  const fitting = lengths.filter((length) => {
    const last = frames % length;
    return last >= FEWEST_FRAMES + SLACK_FRAMES && last <= length - SLACK_FRAMES;
  });
  return fitting.reduce(
    (best, length) => (Math.abs(length - USUAL_FRAMES) < Math.abs(best - USUAL_FRAMES) ? length : best),
    fitting[0] ?? USUAL_FRAMES,
  );
}

import { alphaDecoderOf } from '#lib/jobs/media/alpha-decoders.ts';
import type { PictureFacts } from '#lib/jobs/media/facts.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import type { ClipPicture } from './clip-picture.ts';
import { SHORTEST_SECONDS } from './input-range.ts';
import type { ClipSource, PlannedClip } from './planned-clip.ts';
import { perSecond, SAMPLE_RATE, sampleAt } from './rates.ts';
import type { Segment } from './segment.ts';
import { uprightSize } from './sizes.ts';

export type ClipOptions = {
  readonly fps: FrameRate;
  readonly needsPicture: boolean;
  /** Whether a clip whose input breaks is filled up. */
  readonly keepsDamaged: boolean;
  readonly warn: (text: string) => void;
};

/**
 * Puts the segments on the grid of frames. Each boundary is rounded by itself, so that the sum never drifts from the
 * exact time; samples follow from the frames, so that sound and picture never drift from each other.
 */
export function clipsOf(segments: readonly Segment[], options: ClipOptions): PlannedClip[] {
  const { fps, needsPicture, warn } = options;
  const sourceOf = createSources(options);
  const grid = (seconds: number) => {
    const frame = needsPicture ? Math.round(seconds * perSecond(fps)) : 0;
    return { frame, sample: needsPicture ? sampleAt(frame, fps) : Math.round(seconds * SAMPLE_RATE) };
  };
  let time = 0;
  let start = grid(0);
  return segments.flatMap((segment): PlannedClip[] => {
    const { from, to, transition } = segment;
    const begins = time;
    time += to - from;
    const { frame: firstFrame, sample: firstSample } = start;
    start = grid(time);
    const length = { frames: start.frame - firstFrame, samples: start.sample - firstSample };
    if (length.samples === 0) {
      warn(`${segment.place.field} is shorter than a frame: it is left out`);
      return [];
    }
    const clip = { ...sourceOf(segment, length), firstFrame, firstSample, ...length };
    if (transition === null) return [{ ...clip, transition: null }];
    const { type, skipped, seconds } = transition;
    const first = grid(begins - skipped);
    const end = grid(begins - skipped + seconds);
    return [
      {
        ...clip,
        transition: {
          ...{ type, after: sourceOf(transition.after, length) },
          skipped: { frames: firstFrame - first.frame, samples: firstSample - first.sample },
          whole: { frames: end.frame - first.frame, samples: end.sample - first.sample },
        },
      },
    ];
  });
}

type Length = { readonly frames: number; readonly samples: number };

/**
 * Returns the function that makes the source of each segment in turn. One that goes on where the last has ended stays on
 * the grid of frames of that one, so that both ways to decode it, together or apart, give the same frames.
 */
function createSources(options: ClipOptions): (segment: Segment, length: Length) => ClipSource {
  const { fps, needsPicture } = options;
  let last: { readonly input: string; readonly to: number; readonly next: number } | undefined;
  return (segment, { frames, samples }) => {
    const { place, facts, to } = segment;
    const continues = last?.input === place.input && Math.abs(last.to - segment.from) < SHORTEST_SECONDS;
    const from = continues && last !== undefined ? last.next : segment.from;
    const seconds = needsPicture ? frames / perSecond(fps) : samples / SAMPLE_RATE;
    last = { input: place.input, to, next: from + seconds };
    const picture = needsPicture ? clipPicture({ ...segment, from }, { frames, ...options }) : null;
    const sound = soundOf({ ...segment, from }, segment.sound?.index);
    const isMono = segment.sound?.channels === 1;
    return { input: place.input, container: facts.container, from, to, continues, picture, sound, isMono };
  };
}

/** Sound that begins after the clip's end, or ends before its start, is silence. */
function soundOf({ from, to, sound }: Segment, index: number | undefined): number | null {
  if (sound === undefined || index === undefined) return null;
  return sound.startSeconds >= to || (sound.endSeconds ?? to) <= from ? null : index;
}

/** Seconds of picture that a decoder may leave out at the end of an intact file. */
const SLACK_SECONDS = 0.5;

/** Height from which a picture without a stated colour matrix has that of high definition. */
const HD_HEIGHT = 720;

type ClipLength = Pick<ClipOptions, 'fps' | 'keepsDamaged'> & { readonly frames: number };

/** Returns the picture of a segment that is shown for these frames. */
export function clipPicture(
  { picture, from, isStill }: Segment,
  { frames, fps, keepsDamaged }: ClipLength,
): ClipPicture | null {
  if (picture === undefined) return null;
  const last = Math.floor(((picture.lastFrameSeconds ?? picture.endSeconds ?? 0) - from) * perSecond(fps));
  const light = LIGHTS[picture.color.transfer ?? ''] ?? 'sdr';
  const decoder = alphaDecoderOf(picture);
  const slack = Math.ceil(SLACK_SECONDS * perSecond(fps));
  const missing = isStill || keepsDamaged ? frames : Math.max(0, frames - Math.max(0, last));
  return {
    stream: picture.index,
    ...uprightSize(picture),
    rotation: picture.rotation,
    isBt709: light === 'sdr' && isBt709(picture),
    hasAlpha: decoder !== null || ALPHA.test(picture.pixelFormat ?? ''),
    decoder,
    coded: turned(picture),
    isInterlaced: isInterlaced(picture),
    light,
    isStill,
    ...{ missing, slack },
    padding: Math.min(frames, missing + slack),
  };
}

/** Pixel formats with alpha. A palette may hold it. */
const ALPHA = /^(?:rgba|bgra|argb|abgr|gbrap|yuva|ya\d|pal8)/;

const LIGHTS: Readonly<Record<string, ClipPicture['light']>> = { smpte2084: 'pq', 'arib-std-b67': 'hlg' };

function turned({ width, height, rotation }: PictureFacts): ClipPicture['coded'] {
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** The fields of a picture that is turned would lie side by side: it stays as it is. */
function isInterlaced({ fieldOrder, rotation }: PictureFacts): boolean {
  return rotation === 0 && /^(?:tt|bb|tb|bt)$/.test(fieldOrder ?? '');
}

/** High definition without a stated matrix is taken as BT.709, smaller pictures as BT.601, as players do. */
function isBt709({ pixelFormat, color, height }: PictureFacts): boolean {
  const isYuv = /^(?:yuv4|nv)/.test(pixelFormat ?? '');
  const matrix = color.space ?? (height >= HD_HEIGHT ? 'bt709' : 'bt601');
  return isYuv && matrix === 'bt709' && color.range !== 'pc';
}

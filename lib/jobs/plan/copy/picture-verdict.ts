import type { PictureFacts, Ratio } from '#lib/jobs/media/facts.ts';
import type { OutputSpec } from '#lib/jobs/spec/outputs.ts';
import { type Format, videoCodecOf } from '#lib/jobs/spec/vocabulary.ts';
import type { Geometry } from '../job-plan.ts';
import { perSecond } from '../rates.ts';
import type { Segment } from '../segment.ts';
import { resized } from '../sizes.ts';
import { type CutOut, cutOut, unevenness } from './cutting.ts';
import { difference, unusual } from './likeness.ts';

/** A clip whose picture is copied. */
export type CopiedClip = CutOut & { readonly segment: Segment; readonly picture: PictureFacts };

export type PictureVerdict =
  | { readonly kind: 'copied'; readonly clips: readonly CopiedClip[]; readonly picture: PictureFacts }
  | { readonly kind: 'encoded'; readonly because: string };

export type PictureRequest = {
  readonly output: OutputSpec;
  readonly segments: readonly Segment[];
  /** The geometry of the timeline. */
  readonly canvas: Geometry;
  /** Whether a step sets it. */
  readonly isScaled: boolean;
  /** Number of a step that draws on the picture. */
  readonly drawing: number | undefined;
};

/** Codecs that a container takes, when they are copied. Matroska takes all. */
const CARRIED: Partial<Readonly<Record<Format, RegExp>>> = {
  mp4: /^(?:h264|hevc|av1|vp9|mpeg4)$/,
  mov: /^(?:h264|hevc|mpeg4|prores|mjpeg|dnxhd)$/,
  webm: /^(?:vp8|vp9|av1)$/,
};

/**
 * Decides whether the picture of a film is copied packet by packet: only if nothing of it changes, all clips can be read
 * as one stream, and each is cut where no other frame is needed.
 */
export function pictureVerdict({ output, segments, canvas, isScaled, drawing }: PictureRequest): PictureVerdict {
  const [{ picture: first } = {}] = segments;
  const drawn = drawing === undefined ? undefined : `steps[${drawing}] draws on the picture`;
  const because =
    drawn ??
    askedFor(output) ??
    transitionIn(segments) ??
    (first && changeOf({ output, canvas, isScaled, picture: first }));
  if (because !== undefined) return { kind: 'encoded', because };
  const clips: CopiedClip[] = [];
  for (const segment of segments) {
    const { picture } = segment;
    if (picture === undefined || first === undefined) return against(segment, 'it has no picture');
    const reason = reasonAgainst(segment, picture, { output, first, isJoined: segments.length > 1 });
    if (reason !== undefined) return against(segment, reason);
    const cut = cutOut(segment);
    if (typeof cut === 'string') return against(segment, cut);
    clips.push({ ...cut, segment, picture });
  }
  return first === undefined
    ? { kind: 'encoded', because: 'there is no clip' }
    : { kind: 'copied', clips, picture: first };
}

function askedFor({ quality, video_bitrate: bitrate }: OutputSpec): string | undefined {
  if (quality !== undefined) return 'the output asks for a quality';
  return bitrate === undefined ? undefined : 'the output asks for a bitrate';
}

function transitionIn(segments: readonly Segment[]): string | undefined {
  return segments.some(({ transition }) => transition !== null) ? 'its clips are joined by transitions' : undefined;
}

type Surroundings = { readonly output: OutputSpec; readonly first: PictureFacts; readonly isJoined: boolean };

function reasonAgainst(segment: Segment, picture: PictureFacts, { output, first, isJoined }: Surroundings) {
  const isWhole = segment.from === 0 && !isJoined;
  if (segment.isStill) return 'it is a still picture';
  return (
    codecReason(picture, output) ??
    (output.video_codec === 'copy' ? undefined : unusual(picture)) ??
    difference(first, picture) ??
    (picture.hasShownTimes === false ? 'its container does not say when frames are shown' : undefined) ??
    (picture.hasHiddenFrames === true ? 'its container hides some of its frames' : undefined) ??
    (segment.facts.brokenAtSeconds === null ? undefined : 'it is damaged') ??
    (isWhole ? undefined : unevenness(picture))
  );
}

function codecReason({ codec }: PictureFacts, output: OutputSpec): string | undefined {
  const { format, video_codec: asked } = output;
  const wanted = videoCodecOf(output);
  if (asked === 'copy') return CARRIED[format]?.test(codec) === false ? `${format} cannot carry ${codec}` : undefined;
  return codec === wanted ? undefined : `its codec is ${codec}, that of the output ${wanted}`;
}

type Change = Omit<PictureRequest, 'segments' | 'drawing'> & { readonly picture: PictureFacts };

/** Returns what the request changes about the picture itself. */
function changeOf({ output, canvas, isScaled, picture }: Change): string | undefined {
  const { width, height } = picture.rotation % 180 === 0 ? picture : turned(picture);
  const frame = resized(canvas, output);
  // A picture that is copied as it is may have pixels that are not square, or an odd size.
  const mustFit =
    isScaled || output.video_codec !== 'copy' || output.width !== undefined || output.height !== undefined;
  if (mustFit && (frame.width !== width || frame.height !== height)) {
    return `the output is ${frame.width}x${frame.height}, the picture ${width}x${height}`;
  }
  if (output.fps === undefined || isRate(picture.exactRate, output.fps)) return undefined;
  const { num, den } = picture.exactRate ?? { num: 0, den: 1 };
  return `the output has ${output.fps} frames per second, the picture ${num}/${den}`;
}

function turned({ width, height }: PictureFacts) {
  return { width: height, height: width };
}

/** Rates are written with three digits at most: 29.97 for 30000/1001. */
function isRate(rate: Ratio | null, asked: number): boolean {
  return rate !== null && Math.abs(perSecond(rate) - asked) < 0.001;
}

function against({ place }: Segment, reason: string): PictureVerdict {
  return { kind: 'encoded', because: `${place.field} cannot be copied: ${reason}` };
}

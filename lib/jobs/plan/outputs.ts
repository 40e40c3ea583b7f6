import { kilobits } from '#lib/jobs/spec/fields.ts';
import type { OutputSpec } from '#lib/jobs/spec/outputs.ts';
import {
  ANIMATION_RATES,
  audioCodecOf,
  FORMATS,
  type FrameRate,
  isPackageFormat,
  type PackageFormat,
  videoCodecOf,
} from '#lib/jobs/spec/vocabulary.ts';
import type {
  EncodedFile,
  Geometry,
  PlannedChapter,
  PlannedPackage,
  PlannedSound,
  PlannedSubtitles,
} from './job-plan.ts';
import { packageOf } from './ladder.ts';
import { frameAt, nearestRate, perSecond } from './rates.ts';
import { refusal } from './refusal.ts';
import { resized } from './sizes.ts';

/** The timeline that all outputs show. */
export type Timeline = {
  readonly canvas: Geometry;
  readonly fps: FrameRate;
  readonly frames: number;
  readonly samples: number;
  readonly hasSound: boolean;
  readonly warn: (text: string) => void;
  /** The streams of subtitles of films. */
  readonly subtitles: readonly PlannedSubtitles[];
  readonly chapters: readonly PlannedChapter[];
};

/** An output that must be encoded, and why. */
export type EncodedRequest = {
  readonly output: OutputSpec;
  /** Its number in the request. */
  readonly index: number;
  readonly because: string;
};

const DEFAULT_KILOBITS = 128;

/** Returns what an output is made of. Throws when it is not possible with this timeline. */
export function outputOf({ output, index, because }: EncodedRequest, timeline: Timeline): EncodedFile | PlannedPackage {
  const { name, format } = output;
  const field = `outputs[${index}]`;
  const sound = soundOf(output, timeline);
  if (isPackageFormat(format)) return packageIn(output, { format, field, sound, timeline });
  const { kind } = FORMATS[format];
  if (kind === 'sound') {
    if (sound === null) throw refusal({ field: `${field}.format` }, `${format} needs sound, and no input has any`);
    return { kind, name, format, sound, notCopiedBecause: `audio: ${because}` };
  }
  const geometry = resized(timeline.canvas, output);
  const quality = output.quality ?? 'standard';
  if (kind === 'picture') return { kind, name, format, geometry, quality, frame: frameOf(output, field, timeline) };
  if (kind === 'animation') {
    const fps = ANIMATION_RATES[(output.fps ?? 12.5) as keyof typeof ANIMATION_RATES];
    const frames = frameAt(timeline.frames, timeline.fps, fps);
    if (frames === 0) throw refusal({ field: `${field}.fps` }, 'the timeline is shorter than a frame of the animation');
    return { kind, name, format, geometry, fps, frames, sound: null };
  }
  const fps = output.fps === undefined ? timeline.fps : nearestRate(output.fps);
  const bitrate = output.video_bitrate;
  return {
    ...{ kind, name, format, geometry, fps, sound, notCopiedBecause: `video: ${because}` },
    subtitles: timeline.subtitles,
    chapters: timeline.chapters,
    frames: frameAt(timeline.frames, timeline.fps, fps),
    video: {
      codec: videoCodecOf(output) ?? 'h264',
      quality,
      kilobits: bitrate === undefined ? null : kilobits(bitrate),
    },
  };
}

type PackageIn = {
  readonly format: PackageFormat;
  readonly field: string;
  readonly sound: PlannedSound | null;
  readonly timeline: Timeline;
};

function packageIn(output: OutputSpec, { timeline, ...rest }: PackageIn): PlannedPackage {
  const fps = output.fps === undefined ? timeline.fps : nearestRate(output.fps);
  return packageOf(output, {
    ...{ ...rest, fps, warn: timeline.warn, geometry: resized(timeline.canvas, output) },
    frames: frameAt(timeline.frames, timeline.fps, fps),
    quality: output.quality ?? 'standard',
  });
}

/** Returns the sound of an output that is encoded; null without sound. */
export function soundOf(
  output: OutputSpec,
  { samples, hasSound }: Pick<Timeline, 'samples' | 'hasSound'>,
): PlannedSound | null {
  const codec = audioCodecOf(output);
  if (codec === undefined || !hasSound) return null;
  const { audio_bitrate: asked } = output;
  return {
    codec,
    samples,
    kilobits: codec === 'pcm' ? null : asked === undefined ? DEFAULT_KILOBITS : kilobits(asked),
  };
}

/** A time that is meant as the start of a frame may be rounded to just before it. */
const ROUNDING_FRAMES = 1e-3;

function frameOf({ at = 0 }: OutputSpec, field: string, { fps, frames }: Timeline): number {
  const frame = Math.floor(at * perSecond(fps) + ROUNDING_FRAMES);
  if (frame < frames) return frame;
  const end = Math.round((frames / perSecond(fps)) * 1_000) / 1_000;
  throw refusal({ field: `${field}.at` }, `at is ${at}, not before the end of the timeline at ${end} s`, { value: at });
}

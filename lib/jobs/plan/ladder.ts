import type { OutputSpec } from '#lib/jobs/spec/outputs.ts';
import { type FrameRate, PICTURE_RUNGS, type PictureRung, type Quality, type Rung } from '#lib/jobs/spec/vocabulary.ts';
import type { Geometry, PlannedFilm, PlannedPackage, PlannedRecording, PlannedSound } from './job-plan.ts';
import { pictureSegments, soundSegmentFrames } from './package-cuts.ts';
import { perSecond } from './rates.ts';
import { refusal } from './refusal.ts';
import { evenNear } from './sizes.ts';

export type LadderOptions = {
  readonly format: PlannedPackage['format'];
  /** Where the output stands in the request. */
  readonly field: string;
  /** The picture that the largest rung may have. */
  readonly geometry: Geometry;
  readonly fps: FrameRate;
  readonly frames: number;
  readonly quality: Quality;
  /** Null when no input has sound. */
  readonly sound: PlannedSound | null;
  readonly warn: (text: string) => void;
};

/** Returns the files of a package. Throws when it has neither a picture nor sound. */
export function packageOf(
  { name, ladder }: Pick<OutputSpec, 'name' | 'ladder'>,
  options: LadderOptions,
): PlannedPackage {
  const { format, field, fps, frames, sound, warn } = options;
  const rungs = ladder ?? defaultLadder(options);
  const offersSound = rungs.includes('audio') && sound !== null;
  if (ladder?.includes('audio') && sound === null) {
    const message = 'no input has sound';
    if (ladder.length === 1) throw refusal({ field: `${field}.ladder` }, `ladder has only audio, and ${message}`);
    warn(`${field}.ladder: audio is left out, because ${message}`);
  }
  const pictures = reachable(
    rungs.filter((rung) => rung !== 'audio'),
    options,
  );
  return {
    ...{ kind: 'package', name, format, fps, frames, offersSound },
    films: pictures.map((rung) => rungOf(rung, options)),
    sound: sound === null ? null : soundOf(sound),
  };
}

/** By how much a rung may be larger than the timeline and still count as its size: 1078 lines are 1080p. */
const TOLERANCE = 1.05;

/** The rungs of a ladder that no request names. 1440p is so near to others that few need it. */
const USUAL_RUNGS: readonly PictureRung[] = ['2160p', '1080p', '720p', '480p', '360p', '240p'];
const MOST_USUAL = 4;

function defaultLadder(options: LadderOptions): Rung[] {
  const fitting = USUAL_RUNGS.filter((rung) => factorOf(rung, options.geometry) <= TOLERANCE);
  const [smallest] = USUAL_RUNGS.slice(-1);
  const pictures = fitting.length === 0 && smallest !== undefined ? [smallest] : fitting.slice(0, MOST_USUAL);
  return options.sound === null ? pictures : [...pictures, 'audio'];
}

/** Returns the rungs that are not larger than the timeline, largest first, but at least the smallest one. */
function reachable(rungs: readonly PictureRung[], { geometry, field, warn }: LadderOptions): PictureRung[] {
  const ordered = rungs.toSorted((one, other) => PICTURE_RUNGS[other] - PICTURE_RUNGS[one]);
  const found = ordered.filter((rung) => factorOf(rung, geometry) <= TOLERANCE);
  const [smallest] = ordered.slice(-1);
  const kept = found.length === 0 && smallest !== undefined ? [smallest] : found;
  const { width, height } = geometry;
  for (const rung of ordered) {
    if (!kept.includes(rung))
      warn(`${field}.ladder: ${rung} is left out, because it is larger than ${width}x${height}`);
  }
  if (found.length === 0 && smallest !== undefined && kept.length > 0 && factorOf(smallest, geometry) > TOLERANCE) {
    warn(`${field}.ladder: ${smallest} has ${width}x${height}, the size of the timeline, which is smaller`);
  }
  return kept;
}

/** Returns by how much a picture is scaled to fill the frame of a rung: 16:9, upright for an upright picture. */
function factorOf(rung: PictureRung, { width, height }: Geometry): number {
  const short = PICTURE_RUNGS[rung];
  const long = (short * 16) / 9;
  return Math.min(short / Math.min(width, height), long / Math.max(width, height));
}

/** The most that a picture of 30 frames per second may use, kbit/s. */
const MOST_KILOBITS: Readonly<Record<PictureRung, number>> = {
  '2160p': 16_000,
  '1440p': 9_000,
  '1080p': 5_500,
  '720p': 3_000,
  '480p': 1_400,
  '360p': 800,
  '240p': 450,
};
const TIMES_KILOBITS: Readonly<Record<Quality, number>> = { draft: 0.7, standard: 1, high: 1.5 };
const FAST_FRAMES = 31;
const TIMES_FAST = 1.5;

/** Why the files of a package are encoded. */
export const NOT_COPIED = 'the segments of a package begin with key frames of their own';

function rungOf(rung: PictureRung, { geometry, fps, frames, quality }: LadderOptions): PlannedFilm {
  const factor = factorOf(rung, geometry);
  // A size that is almost that of the timeline needs no scaling.
  const isWhole = factor >= 1 / TOLERANCE;
  const size = isWhole
    ? { width: geometry.width, height: geometry.height }
    : { width: evenNear(geometry.width * factor), height: evenNear(geometry.height * factor) };
  const faster = perSecond(fps) > FAST_FRAMES ? TIMES_FAST : 1;
  return {
    ...{
      kind: 'film',
      name: rung,
      format: 'mp4',
      fps,
      frames,
      sound: null,
      subtitles: [],
      notCopiedBecause: NOT_COPIED,
    },
    geometry: { ...geometry, ...size, ...(isWhole ? {} : { unit: factor }) },
    video: { codec: 'h264', quality, kilobits: null },
    packaged: {
      segments: pictureSegments(frames / perSecond(fps)),
      mostKilobits: Math.round(MOST_KILOBITS[rung] * TIMES_KILOBITS[quality] * faster),
    },
  };
}

function soundOf(sound: PlannedSound): PlannedRecording {
  return {
    ...{ kind: 'sound', name: 'audio', format: 'mp4', sound, notCopiedBecause: NOT_COPIED },
    packaged: { framesPerSegment: soundSegmentFrames(sound.samples) },
  };
}

import type { Ratio } from '#lib/jobs/media/facts.ts';
import type {
  AudioCodec,
  FileFormat,
  Fit,
  FrameRate,
  PackageFormat,
  Quality,
  VideoCodec,
} from '#lib/jobs/spec/vocabulary.ts';
import type { Cue } from '#lib/jobs/subtitles/cue.ts';
import type { PlannedClip } from './planned-clip.ts';
import type { PlannedLayer } from './planned-layers.ts';
import type { SoundClip, SoundMix } from './planned-mix.ts';

/** A picture's size and how clips of another shape fill it. */
export type Geometry = {
  readonly width: number;
  readonly height: number;
  readonly fit: Fit;
  /** `#rrggbb` or `blur`. */
  readonly background: string;
  /** Size of a pixel of the timeline, where that is not 1: a rung of a ladder shows what is drawn as the others do. */
  readonly unit?: number;
};

/** A stream of subtitles of a film. */
export type PlannedSubtitles = {
  /** ISO 639-2; null when it is not known. */
  readonly language: string | null;
  readonly isDefault: boolean;
  /** Timed on the timeline. Empty in the plan of a dry run. */
  readonly cues: readonly Cue[];
};

/** A chapter of a film. */
export type PlannedChapter = { readonly fromMs: number; readonly toMs: number; readonly title: string };

/** The sound of an output: 48 kHz stereo. Without `kilobits` it is not compressed. */
export type PlannedSound = { readonly codec: AudioCodec; readonly kilobits: number | null; readonly samples: number };

type Named = { readonly name: string; readonly format: FileFormat };

export type PlannedFilm = Named & {
  readonly kind: 'film';
  readonly geometry: Geometry;
  readonly fps: FrameRate;
  readonly frames: number;
  readonly video: { readonly codec: VideoCodec; readonly quality: Quality; readonly kilobits: number | null };
  /** Null when no clip has sound. */
  readonly sound: PlannedSound | null;
  readonly subtitles: readonly PlannedSubtitles[];
  readonly chapters: readonly PlannedChapter[];
  readonly notCopiedBecause: string;
  /** Of a file in a package: how many segments it has, and the most that they use, kbit/s. */
  readonly packaged?: { readonly segments: number; readonly mostKilobits: number };
};
export type PlannedRecording = Named & {
  readonly kind: 'sound';
  readonly sound: PlannedSound;
  readonly notCopiedBecause: string;
  /** Of a file in a package: frames of AAC in each segment but the last. */
  readonly packaged?: { readonly framesPerSegment: number };
};
export type PlannedPicture = Named & {
  readonly kind: 'picture';
  readonly geometry: Geometry;
  readonly quality: Quality;
  /** The frame of the timeline. */
  readonly frame: number;
};

/** The packets of a clip whose picture is copied. */
export type CopiedPart = {
  readonly input: string;
  readonly container: string;
  readonly stream: number;
  /** Where its first frame is shown in the input, seconds; null when that is the first of the file. */
  readonly seekSeconds: number | null;
  /** Where that frame is decoded, and the size of its packet. */
  readonly decodedSeconds: number;
  readonly firstBytes: number;
  readonly frames: number;
};

/** A picture that is copied packet by packet. */
export type CopiedPicture = {
  readonly codec: string;
  /** Size as coded, and the turn to be upright, degrees. */
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
  readonly rate: Ratio;
  /** Whether each frame is shown for the same time. */
  readonly isRegular: boolean;
  readonly frames: number;
  readonly parts: readonly CopiedPart[];
};

/** Sound that is copied, or encoded over the whole for a picture that is copied. */
export type SoundUnderCopy =
  | { readonly treatment: 'copied'; readonly stream: number; readonly codec: AudioCodec; readonly seconds: number }
  | {
      readonly treatment: 'encoded';
      readonly sound: PlannedSound;
      /** The sound of the clips; empty when the mix begins with silence. */
      readonly track: readonly SoundClip[];
      readonly mix: SoundMix;
    };

/** A file of which a stream at least is copied. Without a picture, it is the sound of one input. */
export type PlannedCopy = Named & {
  readonly kind: 'copy';
  /** The only input of a file whose picture, if any, is copied whole; null when parts are cut out or joined. */
  readonly whole: { readonly input: string; readonly container: string } | null;
  readonly picture: CopiedPicture | null;
  readonly sound: SoundUnderCopy | null;
  readonly subtitles: readonly PlannedSubtitles[];
  readonly chapters: readonly PlannedChapter[];
  readonly seconds: number;
  /** Estimated size. */
  readonly bytes: number;
  /** Why its sound is encoded; null when it is not. */
  readonly notCopiedBecause: string | null;
};

/** Frames without sound that begin again after the last. */
export type PlannedAnimation = Named & {
  readonly kind: 'animation';
  readonly geometry: Geometry;
  readonly fps: FrameRate;
  readonly frames: number;
  readonly sound: null;
};

/** Files for players, which choose between them: a film without sound for each size, and the sound of all. */
export type PlannedPackage = {
  readonly kind: 'package';
  readonly name: string;
  readonly format: PackageFormat;
  readonly fps: FrameRate;
  readonly frames: number;
  /** Largest first; none in a package of sound. */
  readonly films: readonly PlannedFilm[];
  /** Null when no clip has sound. */
  readonly sound: PlannedRecording | null;
  /** Whether the sound is also offered without a picture. */
  readonly offersSound: boolean;
};
/** One file. */
export type PlannedFile = PlannedFilm | PlannedRecording | PlannedPicture | PlannedAnimation | PlannedCopy;
/** A file that is encoded. */
export type EncodedFile = Exclude<PlannedFile, PlannedCopy>;
export type PlannedOutput = PlannedFile | PlannedPackage;

/** What a job makes, decided before anything is encoded. */
export type JobPlan = {
  readonly warnings: readonly string[];
  /** Frame rate of the timeline. */
  readonly fps: FrameRate;
  readonly frames: number;
  readonly samples: number;
  readonly seconds: number;
  readonly clips: readonly PlannedClip[];
  readonly mix: SoundMix;
  /** What is drawn over the picture, in order. */
  readonly layers: readonly PlannedLayer[];
  /** In the order of the request. */
  readonly outputs: readonly PlannedOutput[];
};

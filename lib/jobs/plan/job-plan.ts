import type {
  AudioCodec,
  FileFormat,
  Fit,
  FrameRate,
  PackageFormat,
  Quality,
  VideoCodec,
} from '#lib/jobs/spec/vocabulary.ts';

/** A picture's size and how clips of another shape fill it. */
export type Geometry = {
  readonly width: number;
  readonly height: number;
  readonly fit: Fit;
  /** `#rrggbb` or `blur`. */
  readonly background: string;
};

/** The picture of a clip: a stream of its input and what has to be made even. */
export type ClipPicture = {
  readonly stream: number;
  /** Size with square pixels and upright. */
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
  /** Whether the colours are already those of results: BT.709 in the range of television. */
  readonly isBt709: boolean;
  /** Whether parts of it may be transparent: behind them is black. */
  readonly hasAlpha: boolean;
  readonly light: 'sdr' | 'pq' | 'hlg';
  /** Most frames that may be added at the end. An undamaged picture never needs more. */
  readonly padding: number;
};

/** A part of an input on the timeline. Frames and samples follow from one number, so they never drift. */
export type PlannedClip = {
  readonly input: string;
  /** The demuxer's names of the input. */
  readonly container: string;
  /** Where it begins and ends in its input, seconds. */
  readonly from: number;
  readonly to: number;
  /** First frame on the timeline, and number of frames; 0 frames in a job without pictures. */
  readonly firstFrame: number;
  readonly frames: number;
  /** Samples are counted at 48 kHz. */
  readonly firstSample: number;
  readonly samples: number;
  /** Null in a job without pictures. */
  readonly picture: ClipPicture | null;
  /** Number of the stream; null for silence. */
  readonly sound: number | null;
};

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
  /** Of a file in a package: how many segments it has, and the most that they use, kbit/s. */
  readonly packaged?: { readonly segments: number; readonly mostKilobits: number };
};
export type PlannedRecording = Named & {
  readonly kind: 'sound';
  readonly sound: PlannedSound;
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
export type PlannedFile = PlannedFilm | PlannedRecording | PlannedPicture;
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
  /** In the order of the request. */
  readonly outputs: readonly PlannedOutput[];
};

/** A stream of pictures that can be used. Times count from the start of the file. */
export type PictureFacts = {
  readonly kind: 'picture';
  readonly index: number;
  readonly codec: string;
  readonly profile: string | null;
  /** Size as coded, before rotation. */
  readonly width: number;
  readonly height: number;
  /** Width of a pixel divided by its height. */
  readonly pixelAspect: number;
  /** Degrees clockwise by which the picture is turned to be upright: 0, 90, 180 or 270. */
  readonly rotation: number;
  /** Average frames per second; null when it is not known. */
  readonly averageRate: number | null;
  /** The lowest rate at which all time stamps are exact; null when it is not known. */
  readonly baseRate: number | null;
  readonly startSeconds: number;
  /** Where the last frame ends; null when it is not known. */
  readonly endSeconds: number | null;
  /** Where the last frame begins; null when it was not measured. */
  readonly lastFrameSeconds: number | null;
  /** Number of frames, when the container states it or they were counted. */
  readonly frames: number | null;
  readonly pixelFormat: string | null;
  readonly color: {
    readonly range: string | null;
    readonly space: string | null;
    readonly primaries: string | null;
    readonly transfer: string | null;
  };
  /** As the container names it, such as `rus`; null when it does not. */
  readonly language: string | null;
  readonly isDefault: boolean;
};

/** A stream of sound that can be used. Times count from the start of the file. */
export type SoundFacts = {
  readonly kind: 'sound';
  readonly index: number;
  readonly codec: string;
  readonly profile: string | null;
  readonly sampleRate: number;
  readonly channels: number;
  readonly layout: string | null;
  readonly startSeconds: number;
  readonly endSeconds: number | null;
  readonly language: string | null;
  readonly isDefault: boolean;
};

/** A stream that is never used, and why. */
export type OtherFacts = {
  readonly kind: 'other';
  readonly index: number;
  readonly codec: string | null;
  readonly language: string | null;
  readonly because: 'attached_picture' | 'attachment' | 'data' | 'subtitles' | 'unknown';
};

export type StreamFacts = PictureFacts | SoundFacts | OtherFacts;

/** What a media file contains. */
export type MediaFacts = {
  /** The demuxer's names, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string;
  /** Length as the container states or estimates it; null when it does neither. */
  readonly seconds: number | null;
  /** The time stamp of the file's start, which counts as 0 everywhere else here. */
  readonly startSeconds: number;
  readonly bytes: number;
  readonly streams: readonly StreamFacts[];
  /** Where the file broke, when it is shorter than its container states. */
  readonly brokenAtSeconds: number | null;
};

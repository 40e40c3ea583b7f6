/** A number as a fraction, such as 30000/1001 frames per second. */
export type Ratio = { readonly num: number; readonly den: number };

/**
 * A frame at which a film can be cut without decoding: a key frame before which all earlier frames are shown, and after
 * which all later ones.
 */
export type Cut = {
  /** Where it is shown, and where it is decoded. */
  readonly seconds: number;
  readonly decodedSeconds: number;
  /** How many frames come before it. */
  readonly frame: number;
  /** Size of its packet. */
  readonly bytes: number;
};

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
  /** `baseRate` as a fraction. */
  readonly exactRate: Ratio | null;
  /** The unit of its time stamps, seconds. */
  readonly timeBase: Ratio | null;
  readonly startSeconds: number;
  /** Where the last frame ends; null when it is not known. */
  readonly endSeconds: number | null;
  /** Where the last frame begins; null when it was not measured. */
  readonly lastFrameSeconds: number | null;
  /** Number of frames, when the container states it or they were counted. */
  readonly frames: number | null;
  /** Where it can be cut, in order; null when it was not measured. */
  readonly cuts: readonly Cut[] | null;
  /** Whether each frame is shown for the same time, and none is left out; null when it was not measured. */
  readonly isRegular: boolean | null;
  /** Whether the container hides some of its frames; null when it was not measured. */
  readonly hasHiddenFrames: boolean | null;
  /** Whether the container says when each frame is shown; null when it was not measured. AVI says when it is decoded. */
  readonly hasShownTimes: boolean | null;
  /** Size of its first packet; null when it was not measured. */
  readonly firstBytes: number | null;
  readonly pixelFormat: string | null;
  /** Whether its transparency is coded as a picture of its own, which `pixelFormat` does not show: VP8 and VP9. */
  readonly hasAlphaPicture: boolean;
  readonly color: {
    readonly range: string | null;
    readonly space: string | null;
    readonly primaries: string | null;
    readonly transfer: string | null;
  };
  /** `progressive`, or the order of the fields of an interlaced picture; null when it is not known. */
  readonly fieldOrder: string | null;
  /** Digest of the parameters that a decoder needs before the first packet; null when there are none. */
  readonly extradata: string | null;
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
  /** Number of texts of subtitles, when they were counted. */
  readonly cues?: number;
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
  readonly chapters: number;
  /** Where the file broke, when it is shorter than its container states. */
  readonly brokenAtSeconds: number | null;
};

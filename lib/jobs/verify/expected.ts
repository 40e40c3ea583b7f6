/** What a file must contain. */
export type Expected = {
  /** Name of the file in the folder. */
  readonly file: string;
  /** The demuxer to probe it with. */
  readonly demuxer: string;
  /** Its place among the files of the plan; null for a file between two stages. */
  readonly output: number | null;
  readonly picture: {
    readonly codec: string;
    readonly width: number;
    readonly height: number;
    /** Degrees by which a player turns it: not 0 only for a copied picture. */
    readonly rotation: number;
    readonly frames: number;
    /** Frames per second. */
    readonly rate: number | null;
    /** Size of the first packet of a picture that is cut out and copied. */
    readonly firstBytes?: number;
  } | null;
  /** Whether it is a file of a package: it is cut into segments that begin with key frames. */
  readonly isSegmented?: boolean;
  readonly sound: { readonly codec: string; readonly samples: number; readonly rate: number } | null;
  /** The number of cues of each stream of subtitles, if there are any. */
  readonly subtitles?: readonly number[];
  readonly chapters?: number;
};

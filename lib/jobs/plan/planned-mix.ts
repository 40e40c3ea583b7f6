/** A part of a sound track: silence, or what an input has from a time on, seconds. Samples are counted at 48 kHz. */
export type SoundClip = {
  readonly firstSample: number;
  readonly samples: number;
  readonly source: {
    readonly input: string;
    /** The demuxer's names of the input. */
    readonly container: string;
    readonly stream: number;
    readonly isMono: boolean;
    readonly from: number;
  } | null;
};

/** What one step changes about the sound of a timeline. Samples are counted at 48 kHz. */
export type SoundLayer = {
  /** Number of the step. */
  readonly step: number;
  /** Where what was heard before gets another volume, as a factor of the amplitude; null when it stays as it is. */
  readonly original: { readonly firstSample: number; readonly samples: number; readonly volume: number } | null;
  /** What is added to it; null when nothing is. */
  readonly added: {
    /** An input, and where it begins in it, seconds. */
    readonly source: {
      readonly input: string;
      /** The demuxer's names of the input. */
      readonly container: string;
      readonly stream: number;
      readonly isMono: boolean;
      readonly from: number;
    };
    /**
     * A part that begins again: its length, how often it is written to a file that is then repeated, and how much of it is
     * left out at the start. Null when it is heard once.
     */
    readonly bed: { readonly samples: number; readonly times: number; readonly skipped: number } | null;
    /** Where it is heard on the timeline. */
    readonly firstSample: number;
    readonly samples: number;
    /** How much is made before that, for the sake of the fades, and left out. */
    readonly lead: number;
    /** Factor of the amplitude. */
    readonly volume: number;
    /** Counted from the start of what is made. */
    readonly fades: readonly {
      readonly kind: 'in' | 'out';
      readonly firstSample: number;
      readonly samples: number;
    }[];
    /** dB by which it is lowered while a voice was heard before. */
    readonly duck: number;
  } | null;
};

/** What is heard on a timeline: the sound of its clips or silence, and what steps add to it, in order. */
export type SoundMix = { readonly base: 'clips' | 'silence'; readonly layers: readonly SoundLayer[] };

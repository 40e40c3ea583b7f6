/** A part of an input, in its own time, seconds. */
export type JobClip = string | { readonly input: string; readonly from?: number; readonly to?: number };

export type Fit = 'contain' | 'cover' | 'stretch';

type Position =
  | ('top-left' | 'top' | 'top-right' | 'left' | 'center' | 'right')
  | ('bottom-left' | 'bottom' | 'bottom-right');

/** How texts and burned subtitles look. Sizes up to 1 are shares of the picture, larger ones pixels. */
type TextStyle = {
  /** A family of `GET /api/fonts`. */
  readonly font?: string;
  readonly font_size?: number;
  /** Colours are `#rrggbb` or `#rrggbbaa`. */
  readonly color?: string;
  readonly outline?: { readonly width: number; readonly color?: string };
  readonly shadow?: { readonly x?: number; readonly y?: number; readonly color?: string };
  readonly box?: { readonly color?: string; readonly padding?: number };
  readonly position?: Position;
  /** With `y`, instead of `position`. */
  readonly x?: number;
  readonly y?: number;
  readonly margin?: number;
  readonly align?: 'left' | 'center' | 'right';
  readonly max_width?: number;
  /** Pixels. */
  readonly line_spacing?: number;
  readonly direction?: 'auto' | 'rtl' | 'ltr';
};

/** A range of the timeline, seconds. */
type Range = { readonly from?: number; readonly to?: number };

/** Seconds. */
type Fades = { readonly fade_in?: number; readonly fade_out?: number };

type Steps = {
  readonly concat: {
    readonly inputs: readonly JobClip[];
    /** `type` is `fade` or another one of the service, `seconds` 1 if absent. */
    readonly transition?: { readonly type?: string; readonly seconds?: number };
  };
  readonly trim: Range;
  readonly scale: {
    readonly width?: number;
    readonly height?: number;
    readonly fit?: Fit;
    /** A colour such as `#1a2b3c`, or `blur`. */
    readonly background?: string;
  };
  readonly audio: Range &
    Fades & {
      readonly mode: 'replace' | 'mix';
      readonly input: JobClip;
      /** Where it begins in the timeline, seconds; at `from` if absent. */
      readonly offset?: number;
      /** A factor from 0 to 4. */
      readonly volume?: number;
      /** mix: the same for what was heard before. */
      readonly original_volume?: number;
      readonly loop?: boolean;
      /** mix: by how many dB it is lowered under a voice, 0 to 30; true is 12. */
      readonly duck?: boolean | number;
    };
  readonly text: TextStyle & Range & Fades & { readonly text: string };
  readonly pip: Range & {
    readonly input: JobClip;
    readonly position?: Position;
    /** Lengths up to 1 are shares of the picture, larger ones pixels. With `y`, instead of `position`. */
    readonly x?: number;
    readonly y?: number;
    readonly width?: number;
    readonly height?: number;
    readonly margin?: number;
    readonly border?: { readonly width?: number; readonly color?: string; readonly radius?: number };
    readonly opacity?: number;
    /** A factor from 0, silent, to 4. */
    readonly volume?: number;
    readonly at_end?: 'hide' | 'hold' | 'loop';
  };
  readonly subtitles: {
    readonly mode: 'embed' | 'burn';
    /** SRT, WebVTT, ASS or SSA; or `cues`, in the timeline, seconds. */
    readonly input?: string;
    readonly cues?: readonly { readonly from: number; readonly to: number; readonly text: string }[];
    /** ISO 639-2: three letters. */
    readonly language?: string;
    /** embed: whether players show it without being asked. */
    readonly default?: boolean;
    readonly encoding?: string;
    /** burn. */
    readonly style?: TextStyle;
  };
  readonly chapters: { readonly chapters: readonly { readonly at: number; readonly title: string }[] };
};

/** A step of a job. */
export type JobStep = { readonly [Op in keyof Steps]: { readonly op: Op } & Steps[Op] }[keyof Steps];

type Stream = {
  /** Number of the stream in the file. */
  readonly index: number;
  readonly codec: string;
  readonly profile: string | null;
  readonly start_seconds: number;
  readonly end_seconds: number | null;
  readonly language: string | null;
  readonly default: boolean;
};

/** A stream that a job can use. */
export type ProbedStream =
  | (Stream & {
      readonly type: 'video';
      /** Size as coded. */
      readonly width: number;
      readonly height: number;
      /** Degrees clockwise that make it upright. */
      readonly rotation: number;
      readonly pixel_aspect: number;
      /** Size upright, with square pixels. */
      readonly upright_width: number;
      readonly upright_height: number;
      readonly average_rate: number | null;
      readonly base_rate: number | null;
      readonly pixel_format: string | null;
      readonly color: Readonly<Record<'range' | 'space' | 'primaries' | 'transfer', string | null>>;
    })
  | (Stream & {
      readonly type: 'audio';
      readonly sample_rate: number;
      readonly channels: number;
      readonly layout: string | null;
    });

/** The response of `POST /api/probe`. What the beginning and the end of a source do not show is null. */
export type Probe = {
  readonly kind: 'media' | 'picture' | 'subtitles';
  readonly container: string | null;
  readonly seconds: number | null;
  readonly bytes: number | null;
  readonly streams: readonly ProbedStream[] | null;
  readonly other_streams:
    | readonly {
        readonly index: number;
        readonly codec: string | null;
        readonly language: string | null;
        readonly not_used_because: 'attached_picture' | 'attachment' | 'data' | 'subtitles' | 'unknown';
      }[]
    | null;
  /** Why a field is null. */
  readonly unknown: readonly { readonly field: 'seconds' | 'bytes' | 'streams'; readonly because: string }[];
};

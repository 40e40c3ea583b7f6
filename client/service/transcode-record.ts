import type { Filters } from '#lib/playback/settings.ts';

/** The fields of the response of `GET /transcodes/{id}` that the client reads. */
export type TranscodeRecord = {
  readonly id: string;
  readonly state: string;
  /** Container and codec, such as `mp3/mp3`; null until they are known. */
  readonly source_format: string | null;
  readonly output_format: string;
  readonly live: boolean;
  readonly filters: Filters;
  readonly progress: {
    readonly position_seconds: number;
    readonly duration_seconds: number | null;
    readonly percent: number | null;
  };
  readonly cancelled_by?: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly created_at: string;
  readonly ended_at: string | null;
};

/** The response of `GET /transcodes`. */
export type TranscodePage = { readonly items: readonly TranscodeRecord[]; readonly next_cursor: string | null };

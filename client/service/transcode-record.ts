import type { Filters } from '#lib/playback/settings.ts';

/** What the service knows of a transcode, as `GET /transcodes/{id}` tells it. */
export type TranscodeRecord = {
  readonly id: string;
  readonly state: string;
  /** Container and codec, as `mp3/mp3`; null while they are not known. */
  readonly source_format: string | null;
  readonly output_format: string;
  readonly live: boolean;
  readonly filters: Filters;
  readonly progress: {
    readonly position_seconds: number;
    readonly duration_seconds: number | null;
    readonly percent: number | null;
  };
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly created_at: string;
  readonly ended_at: string | null;
};

import type { FilterPatch, Filters, PlaybackSettings } from '#lib/playback/settings.ts';

/** Who makes the audio. */
export type Via = 'service' | 'fallback';

/** Decoding and discarding a second of source takes 1.4 ms; on a busy machine more. */
export const SKIPPED_SECOND_MS = 4;

/** The filters as they are now in force, and the sample of the leg's output from which they are. */
export type Adjusted = { readonly filters: Filters; readonly appliedAtSample: number };

/** One encoder's stretch of a stream. */
export type Leg = {
  readonly via: Via;
  /** The service's name of it; undefined for the fallback. */
  readonly id: string | undefined;
  /** What it gives: ends when the audio is complete, and throws when it breaks off. */
  readonly chunks: AsyncIterator<Uint8Array>;
  /** Throws an AppError. */
  setFilters(patch: FilterPatch): Promise<Adjusted>;
  /** Tells of changes, others' and one's own, until it is stopped; absent where nobody else can make any. */
  readonly follow?: (onChange: (change: Adjusted) => void) => void;
  /** Of one that broke off: whether somebody has stopped it. Never rejects, and does not take long. */
  wasStopped(): Promise<boolean>;
  /** Frees all it has. Never rejects. */
  stop(): Promise<void>;
};

export type OpenLeg = (
  source: { readonly url: string; readonly settings: PlaybackSettings },
  options: { readonly signal: AbortSignal },
) => Promise<Leg>;

import type { Adjusted } from '#lib/playback/adjustment.ts';
import type { FilterPatch, PlaybackSettings } from '#lib/playback/settings.ts';

/** What makes the audio: the service, or an ffmpeg on this machine. */
export type Via = 'service' | 'fallback';

/** Decoding and discarding a second of source takes 1.4 ms; on a busy machine more. */
export const SKIPPED_SECOND_MS = 4;

/** One encoder's part of a stream. */
export type Leg = {
  readonly via: Via;
  /** The service's id for it; undefined for the fallback. */
  readonly id: string | undefined;
  /** Its audio: ends when that is complete, and throws when it is cut. */
  readonly chunks: AsyncIterator<Uint8Array>;
  /** Throws an AppError. */
  setFilters(patch: FilterPatch): Promise<Adjusted>;
  /** Reports changes, this client's and others', until the leg is stopped; absent where no other client can make any. */
  readonly follow?: (onChange: (change: Adjusted) => void) => void;
  /** Whether a leg that was cut was stopped by a request. Never rejects, and does not take long. */
  wasStopped(): Promise<boolean>;
  /** Frees all its resources. Never rejects. */
  stop(): Promise<void>;
};

export type OpenLeg = (
  source: { readonly url: string; readonly settings: PlaybackSettings },
  options: { readonly signal: AbortSignal },
) => Promise<Leg>;

import type { Adjusted } from '#lib/playback/adjustment.ts';
import type { FilterPatch, PlaybackSettings } from '#lib/playback/settings.ts';

/** Where audio comes from: the service, or an ffmpeg on this machine. */
export type Via = 'service' | 'fallback';

/** Time allowed to decode and discard a second of the source. It takes 1.4 ms, more on a busy machine. */
export const SKIPPED_SECOND_MS = 4;

/** One encoder's part of a stream. */
export type Leg = {
  readonly via: Via;
  /** The id in the service; undefined for the fallback. */
  readonly id: string | undefined;
  /** The audio: ends when it is complete, throws when it is cut. */
  readonly chunks: AsyncIterator<Uint8Array>;
  /** Changes the filters. Throws an AppError. */
  setFilters(patch: FilterPatch): Promise<Adjusted>;
  /** Reports changes by any client until the leg is stopped; absent where no other client can change it. */
  readonly follow?: (onChange: (change: Adjusted) => void) => void;
  /** Whether a leg that was cut had been stopped by a request. Never rejects; takes a bounded time. */
  wasStopped(): Promise<boolean>;
  /** Frees all resources. Never rejects. */
  stop(): Promise<void>;
};

export type OpenLeg = (
  source: { readonly url: string; readonly settings: PlaybackSettings },
  options: { readonly signal: AbortSignal },
) => Promise<Leg>;

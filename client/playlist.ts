import { AppError } from '#lib/errors.ts';
import { merge } from '#lib/playback/filter-patch.ts';
import type { FilterPatch, Filters } from '#lib/playback/settings.ts';
import { isUnsupportedUrl } from './legs/failures.ts';
import { checkedSettings, type TranscodeRequest } from './request.ts';
import type { Continuous, ContinuousTrack } from './stream/continuous.ts';
import { createRealTime, type RealTime } from './stream/real-time.ts';

/** One item of a playlist: a source, and optionally which part of it to play (seconds). */
export type PlaylistItem = string | Pick<TranscodeRequest, 'source_url' | 'start_at' | 'duration'>;

/** The fields that all items of a playlist share. */
export type PlaylistRequest = Omit<TranscodeRequest, 'source_url' | 'start_at' | 'duration'>;

/** An event of a playlist. */
export type TrackEvent =
  | { readonly type: 'track'; readonly index: number; readonly item: PlaylistItem }
  /** The item could not be played, or not to its end. */
  | { readonly type: 'skipped'; readonly index: number; readonly item: PlaylistItem; readonly error: AppError };

export type PlaylistOptions = {
  readonly items: Iterable<PlaylistItem> | AsyncIterable<PlaylistItem>;
  readonly request: PlaylistRequest;
  readonly signal: AbortSignal;
  readonly open: (
    request: TranscodeRequest,
    shared: { readonly realTime: RealTime; readonly serial: number },
  ) => ContinuousTrack;
  readonly onEvent: (event: TrackEvent) => void;
};

/** The serial number of the first logical stream of a chain; the service uses the same. */
const FIRST_SERIAL = 1;

const NOT_STARTED = { via: 'service', id: undefined } as const;

/**
 * Plays the items one after the other as one stream: PCM and AAC without a gap, Opus as one chain of Ogg streams. An
 * item that cannot be played is skipped. The list ends early only if both the service and the fallback are unavailable.
 */
export function openPlaylist({ items, request, signal, open, onEvent }: PlaylistOptions): Continuous {
  const realTime = createRealTime();
  const live = request.live ?? true;
  let filters: Filters = checkedSettings({ source_url: 'https://example.org', ...request, live }).filters;
  let playing: ContinuousTrack | undefined;

  async function* audio(): AsyncGenerator<Buffer> {
    let index = 0;
    for await (const item of items) {
      const source = typeof item === 'string' ? { source_url: item } : item;
      onEvent({ type: 'track', index, item });
      try {
        const fields = { ...request, ...source, live, filters: mutable(filters) };
        playing = open(fields, { realTime, serial: FIRST_SERIAL + index });
        yield* playing.audio();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AppError) || isServiceOutage(error)) throw error;
        if (playing !== undefined) yield playing.closing();
        onEvent({ type: 'skipped', index, item, error });
      }
      filters = current();
      index += 1;
    }
  }

  function current(): Filters {
    return playing?.filters() ?? filters;
  }

  return {
    audio,
    filters: current,
    closing: () => playing?.closing() ?? Buffer.alloc(0),
    leg: () => playing?.leg() ?? NOT_STARTED,
    positionSeconds: () => playing?.positionSeconds() ?? 0,
    async setFilters(patch: FilterPatch) {
      for (;;) {
        const track = playing;
        if (track === undefined) {
          filters = merge(filters, patch);
          return { filters, applied_at_sample: 0 };
        }
        try {
          return await track.setFilters(patch);
        } catch (error) {
          if (!hasEnded(error)) throw error;
          // The next track starts with these filters.
          if (track === playing) return track.takeFilters(patch);
        }
      }
    },
  };
}

/** Returns the URL of an item as the caller wrote it, before the item is validated. */
export function sourceOf(item: PlaylistItem | null): string {
  return typeof item === 'string' ? item : String(item?.source_url);
}

/** Whether the track's encoder has finished; the rest of its audio may still be on its way. */
function hasEnded(error: unknown): boolean {
  return error instanceof AppError && error.code === 'CONFLICT' && 'state' in error.details;
}

/** Whether the error is not about the track: the next track would fail too. */
function isServiceOutage(error: AppError): boolean {
  return error.code === 'UNAVAILABLE' && error.recoverable && !isUnsupportedUrl(error);
}

/** Returns the filters in the type of a request. */
function mutable({ equalizer, ...rest }: Filters): NonNullable<TranscodeRequest['filters']> {
  return { ...rest, ...(equalizer === undefined ? {} : { equalizer: [...equalizer] }) };
}

import { AppError } from '#lib/errors.ts';
import { merge } from '#lib/playback/filter-patch.ts';
import type { FilterPatch, Filters } from '#lib/playback/settings.ts';
import { isUnsupportedUrl } from './legs/failures.ts';
import { checkedSettings, type TranscodeRequest } from './request.ts';
import type { Continuous, ContinuousTrack } from './stream/continuous.ts';
import { createRealTime, type RealTime } from './stream/real-time.ts';

/** One item of a list: a source, and the part of it that is played. */
export type PlaylistItem = string | Pick<TranscodeRequest, 'source_url' | 'start_at' | 'duration'>;

/** What all items of a list have in common. */
export type PlaylistRequest = Omit<TranscodeRequest, 'source_url' | 'start_at' | 'duration'>;

/** What happens to a list while it plays. */
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

/** Of the first logical stream of a chain, as the service numbers its own. */
const FIRST_SERIAL = 1;

const NOT_STARTED = { via: 'service', id: undefined } as const;

/**
 * Plays the items one after the other as one stream: PCM and AAC without a seam, Opus as one chain of Ogg streams. An
 * item that cannot be played is skipped; a list ends early only when neither the service nor the fallback is available.
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
          // The next track begins with them.
          if (track === playing) return track.takeFilters(patch);
        }
      }
    },
  };
}

/** The track's encoder is done; the rest of its audio is on its way. */
function hasEnded(error: unknown): boolean {
  return error instanceof AppError && error.code === 'CONFLICT' && 'state' in error.details;
}

/** Not a fault of the track: the next would fare no better. */
function isServiceOutage(error: AppError): boolean {
  return error.code === 'UNAVAILABLE' && error.recoverable && !isUnsupportedUrl(error);
}

/** The filters in a request's type. */
function mutable({ equalizer, ...rest }: Filters): NonNullable<TranscodeRequest['filters']> {
  return { ...rest, ...(equalizer === undefined ? {} : { equalizer: [...equalizer] }) };
}

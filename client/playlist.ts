import { AppError } from '#lib/errors.ts';
import { merge } from '#lib/playback/filter-patch.ts';
import type { FilterPatch, Filters } from '#lib/playback/settings.ts';
import { cannotRead } from './legs/failures.ts';
import { settingsOf, type TranscodeRequest } from './request.ts';
import type { Continuous, ContinuousTrack } from './stream/continuous.ts';
import { createRealTime, type RealTime } from './stream/real-time.ts';

/** One of a list: a source, and what of it is played. */
export type PlaylistItem = string | Pick<TranscodeRequest, 'source_url' | 'start_at' | 'duration'>;

/** What all of a list have in common. */
export type PlaylistRequest = Omit<TranscodeRequest, 'source_url' | 'start_at' | 'duration'>;

/** What happens to a list. */
export type TrackEvent =
  | { readonly type: 'track'; readonly index: number; readonly item: PlaylistItem }
  /** It could not be played, or not to its end. */
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

/** The first logical stream of a chain; a service numbers its own so, too. */
const FIRST_SERIAL = 1;

const NOBODY = { via: 'service', id: undefined } as const;

/**
 * Plays one after the other as one stream: PCM sample behind sample, Opus as one chain of Ogg streams, AAC frame behind
 * frame. What cannot be played is passed over; a list ends early only when nobody can play anything.
 */
export function openPlaylist({ items, request, signal, open, onEvent }: PlaylistOptions): Continuous {
  const realTime = createRealTime();
  const live = request.live ?? true;
  let filters: Filters = settingsOf({ source_url: 'https://example.org', ...request, live }).filters;
  let playing: ContinuousTrack | undefined;

  async function* audio(): AsyncGenerator<Buffer> {
    let index = 0;
    for await (const item of items) {
      const what = typeof item === 'string' ? { source_url: item } : item;
      onEvent({ type: 'track', index, item });
      try {
        const fields = { ...request, ...what, live, filters: mutable(filters) };
        playing = open(fields, { realTime, serial: FIRST_SERIAL + index });
        yield* playing.audio();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AppError) || isNobodysFault(error)) throw error;
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
    leg: () => playing?.leg() ?? NOBODY,
    positionSeconds: () => playing?.positionSeconds() ?? 0,
    async setFilters(patch: FilterPatch) {
      for (;;) {
        const asked = playing;
        if (asked === undefined) {
          filters = merge(filters, patch);
          return { filters, applied_at_sample: 0 };
        }
        try {
          return await asked.setFilters(patch);
        } catch (error) {
          if (!hasEnded(error)) throw error;
          // The next track begins with them.
          if (asked === playing) return asked.takeFilters(patch);
        }
      }
    },
  };
}

/** Its encoder is done; what is left of it is on its way. */
function hasEnded(error: unknown): boolean {
  return error instanceof AppError && error.code === 'CONFLICT' && 'state' in error.details;
}

/** Not that of a track: the next would fare no better. */
function isNobodysFault(error: AppError): boolean {
  return error.code === 'UNAVAILABLE' && error.recoverable && !cannotRead(error);
}

/** As a request writes them. */
function mutable({ equalizer, ...rest }: Filters): NonNullable<TranscodeRequest['filters']> {
  return { ...rest, ...(equalizer === undefined ? {} : { equalizer: [...equalizer] }) };
}

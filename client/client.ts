import { v7 as uuid } from 'uuid';
import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import { AudioStream } from './audio-stream.ts';
import { createFallbackLegs } from './legs/fallback-leg.ts';
import type { OpenLeg, Via } from './legs/leg.ts';
import { createServiceLegs } from './legs/service-leg.ts';
import { BREAKER, type ClientOptions, RETRY } from './options.ts';
import { openPlaylist, type PlaylistOptions, type PlaylistRequest, type TrackEvent } from './playlist.ts';
import { checkedSettings, type TranscodeRequest } from './request.ts';
import { createServiceBreaker } from './service/breaker.ts';
import { createServiceCalls } from './service/calls.ts';
import { functionUrls } from './service/function-urls.ts';
import { STANDARD_ERROR_LOG } from './stream/client-log.ts';
import { type Continuous, type ContinuousOptions, type ContinuousTrack, openContinuous } from './stream/continuous.ts';
import { createEventBuffer } from './stream/event-buffer.ts';
import type { FilterChange, StreamEvent } from './stream/events.ts';
import { type ClientCounters, createStreamMonitor } from './stream/monitor.ts';
import { createReaderWait } from './stream/reader-wait.ts';
import { createRealTime } from './stream/real-time.ts';
import { TIMEOUTS } from './stream/timeouts.ts';

/** The answer of `GET /health`. */
export type ServiceHealth = { readonly status: 'healthy' | 'degraded' | 'unhealthy' } & Readonly<
  Record<string, unknown>
>;

export type Client = {
  /**
   * Resolves when there is audio. Throws an error with a `code`; one that is not `recoverable` would be the same again.
   */
  transcode(request: TranscodeRequest, options?: { readonly signal?: AbortSignal }): Promise<AudioStream>;
  /** Plays a list as one stream, live unless the request says otherwise, and passes over what cannot be played. */
  playlist(
    items: PlaylistOptions['items'],
    request: PlaylistRequest,
    options?: { readonly signal?: AbortSignal },
  ): Promise<AudioStream>;
  /** Changes a live stream: one of this client's, from either source of audio, or any of this caller's on the service. */
  setFilters(id: string, patch: FilterPatch): Promise<FilterChange>;
  stop(id: string): Promise<void>;
  health(): Promise<ServiceHealth>;
  counters(): Readonly<ClientCounters>;
  /** Stops every stream and the health probes. */
  close(): void;
};

/** What every stream of a client is opened with. */
type Parts = Pick<ContinuousOptions, 'signal' | 'readerClock'> & {
  readonly onEvent: (event: StreamEvent | TrackEvent) => void;
};

/** The makers of a stream, best first. */
const ORDER: readonly Via[] = ['service', 'fallback'];

/** Throws a TypeError for options that cannot work. */
export function createClient(options: ClientOptions): Client {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const log = options.log ?? STANDARD_ERROR_LOG;
  const calls = createServiceCalls({
    urls: functionUrls(options),
    credentials: options.credentials,
    timeoutMs: timeouts.requestMs,
    retry: { ...RETRY, ...options.retry },
  });
  const breaker = createServiceBreaker({
    threshold: options.breaker?.threshold ?? BREAKER.threshold,
    probeEveryMs: Math.min(BREAKER.probeEveryMs, options.breaker?.probeEveryMs ?? BREAKER.probeEveryMs),
    probe: async () => {
      await calls
        .request('health', { path: PATHS.health.ready, timeoutMs: timeouts.probeMs })
        .catch((cause: unknown) => {
          throw new AppError('UNAVAILABLE', { part: 'service', reason: 'not_ready' }, { cause });
        });
    },
    onChange: (isUsable) => log.warn({ service: isUsable ? 'back' : 'away' }, 'ffmpeg-functions'),
  });
  const legs: Readonly<Partial<Record<Via, OpenLeg>>> = {
    service: createServiceLegs(calls, timeouts),
    ...(options.fallback === false ? {} : { fallback: createFallbackLegs(fallbackOptions(options)) }),
  };
  const streams = new Map<string, AudioStream>();
  const monitor = createStreamMonitor({ breaker, log });

  function openOne(
    request: TranscodeRequest,
    shared: Pick<ContinuousOptions, 'realTime' | 'serial' | 'signal' | 'onEvent' | 'readerClock'>,
  ): ContinuousTrack {
    return openContinuous({
      ...shared,
      settings: checkedSettings(request),
      timeouts,
      // The service cannot read a file of this machine.
      candidates: ORDER.filter(
        (via) => legs[via] !== undefined && !(via === 'service' && request.source_url.startsWith('file:')),
      ),
      isUsable: async (via) => via !== 'service' || (await breaker.isUsable()),
      openLeg(via, plan, { isRival }) {
        const open = legs[via];
        if (open === undefined) throw new AppError('UNAVAILABLE', { part: via });
        const leg = () => open({ url: request.source_url, settings: plan.settings }, { signal: shared.signal });
        return via === 'service' && !isRival ? breaker.run(leg) : leg();
      },
    });
  }

  /** Resolves when there is audio to be read. */
  async function play(signal: AbortSignal | undefined, open: (parts: Parts) => Continuous): Promise<AudioStream> {
    const abort = new AbortController();
    const events = createEventBuffer<StreamEvent | TrackEvent>();
    const either = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
    monitor.counters.streams += 1;
    const reader = createReaderWait();
    const onEvent: Parts['onEvent'] = (event) => {
      if (event.type === 'leg' || event.type === 'broken') monitor.record(event);
      events.emit(event);
    };
    const continuous = open({ signal: either, onEvent, readerClock: reader.clock });
    const audio = continuous.audio();
    const { value: first } = await audio.next();
    const stream = new AudioStream({
      id: continuous.leg().id ?? uuid(),
      continuous,
      audio,
      first: first ?? undefined,
      abort,
      reader,
    });
    events.attach(stream.events);
    const stop = () => stream.destroy(signal?.reason as Error);
    signal?.addEventListener('abort', stop, { once: true });
    streams.set(stream.id, stream);
    stream.once('close', () => {
      signal?.removeEventListener('abort', stop);
      streams.delete(stream.id);
    });
    return stream;
  }

  return {
    transcode: (request, { signal } = {}) =>
      play(signal, (parts) => openOne(request, { ...parts, realTime: createRealTime(), serial: 1 })),

    playlist: (items, request, { signal } = {}) =>
      play(signal, (parts) =>
        openPlaylist({
          items,
          request,
          signal: parts.signal,
          onEvent: parts.onEvent,
          open: (track, shared) => openOne(track, { ...parts, ...shared }),
        }),
      ),

    async setFilters(id, patch) {
      const own = streams.get(id);
      if (own !== undefined) return await own.setFilters(patch);
      return await calls.request('transcodes', {
        method: 'PATCH',
        path: PATHS.transcodes.filters,
        id,
        body: patch,
      });
    },

    async stop(id) {
      const own = streams.get(id);
      if (own === undefined) await calls.request('transcodes', { method: 'DELETE', path: PATHS.transcodes.one, id });
      else own.destroy();
    },

    health: () => calls.request('health', { alsoStatus: 503 }),
    counters: () => monitor.counters,
    close() {
      breaker.close();
      for (const stream of streams.values()) stream.destroy();
    },
  };
}

function fallbackOptions({ fallback }: ClientOptions) {
  const { ffmpegPath, resolveSource } = fallback === false || fallback === undefined ? {} : fallback;
  const { FFMPEG_PATH, PATH } = process.env;
  return {
    ffmpegPath: ffmpegPath ?? FFMPEG_PATH,
    path: PATH ?? '',
    resolveSource: resolveSource ?? ((url: string) => url),
  };
}

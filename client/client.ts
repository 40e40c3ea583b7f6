import type { EventEmitter } from 'node:events';
import { v7 as uuid } from 'uuid';
import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import { AudioStream } from './audio-stream.ts';
import { type Continuous, type ContinuousOptions, type ContinuousTrack, openContinuous } from './continuous.ts';
import { createFallbackLegs } from './legs/fallback-leg.ts';
import type { OpenLeg, Via } from './legs/leg.ts';
import { createServiceLegs } from './legs/service-leg.ts';
import { BREAKER, type ClientLog, type ClientOptions, RETRY, TIMEOUTS } from './options.ts';
import { openPlaylist, type PlaylistOptions, type PlaylistRequest, type TrackEvent } from './playlist.ts';
import { createReaderWait } from './reader-wait.ts';
import { createRealTime } from './real-time.ts';
import { settingsOf, type TranscodeRequest } from './request.ts';
import { createServiceBreaker } from './service-breaker.ts';
import { createServiceCalls, FUNCTION_PATHS, type FunctionName } from './service-calls.ts';
import type { FilterChange, StreamEvent } from './stream-events.ts';
import { type ClientCounters, createStreamNotes } from './stream-notes.ts';

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
  /** Changes a live stream: one of this client's, whoever makes it, or any that the service plays for this caller. */
  setFilters(id: string, patch: FilterPatch): Promise<FilterChange>;
  stop(id: string): Promise<void>;
  health(): Promise<ServiceHealth>;
  counters(): Readonly<ClientCounters>;
  /** Stops every stream, and the looks at the service. */
  close(): void;
};

/** What every stream of a client is opened with. */
type Parts = Pick<ContinuousOptions, 'signal' | 'readerClock'> & {
  readonly onEvent: (event: StreamEvent | TrackEvent) => void;
};

/** Who makes a stream, best first. */
const ORDER: readonly Via[] = ['service', 'fallback'];

/** Throws a TypeError for options that cannot work. */
export function createClient(options: ClientOptions): Client {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const log = options.log ?? standardError;
  const calls = createServiceCalls({
    urls: urlsOf(options),
    credentials: options.credentials,
    timeoutMs: timeouts.requestMs,
    retry: { ...RETRY, ...options.retry },
  });
  const breaker = createServiceBreaker({
    threshold: options.breaker?.threshold ?? BREAKER.threshold,
    probeEveryMs: Math.min(BREAKER.probeEveryMs, options.breaker?.probeEveryMs ?? BREAKER.probeEveryMs),
    probe: async () => {
      await calls.ask('health', { path: PATHS.health.ready, timeoutMs: timeouts.probeMs }).catch((cause: unknown) => {
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
  const { note, counters } = createStreamNotes({ breaker, log });

  /** Emits on a stream that is not there yet when its first events come. */
  function emitter() {
    let stream: AudioStream | undefined;
    const early: (StreamEvent | TrackEvent)[] = [];
    return {
      emit(event: StreamEvent | TrackEvent): void {
        if (event.type === 'leg' || event.type === 'broken') note(event);
        if (stream === undefined) early.push(event);
        else tell(stream, event);
      },
      /** Whoever has just got the stream may listen for what has happened already. */
      attach(made: AudioStream): void {
        stream = made;
        setImmediate(() => {
          for (const event of early.splice(0)) tell(made, event);
        });
      },
    };
  }

  function openOne(
    request: TranscodeRequest,
    shared: Pick<ContinuousOptions, 'realTime' | 'serial' | 'signal' | 'onEvent' | 'readerClock'>,
  ): ContinuousTrack {
    return openContinuous({
      ...shared,
      url: request.source_url,
      settings: settingsOf(request),
      timeouts,
      // A file of this machine is nothing that the service could read.
      candidates: ORDER.filter(
        (via) => legs[via] !== undefined && !(via === 'service' && request.source_url.startsWith('file:')),
      ),
      isUsable: async (via) => via !== 'service' || (await breaker.isUsable()),
      openLeg(via, plan, { isBeside }) {
        const open = legs[via];
        if (open === undefined) throw new AppError('UNAVAILABLE', { part: via });
        const leg = () => open({ url: request.source_url, settings: plan.settings }, { signal: shared.signal });
        return via === 'service' && !isBeside ? breaker.run(leg) : leg();
      },
    });
  }

  /** Resolves when there is audio to be read. */
  async function play(signal: AbortSignal | undefined, open: (parts: Parts) => Continuous): Promise<AudioStream> {
    const abort = new AbortController();
    const { emit, attach } = emitter();
    const either = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
    counters.streams += 1;
    const reader = createReaderWait();
    const continuous = open({ signal: either, onEvent: emit, readerClock: reader.clock });
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
    attach(stream);
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
      return await calls.ask('transcodes', {
        method: 'PATCH',
        path: PATHS.transcodes.filters,
        id,
        body: patch,
      });
    },

    async stop(id) {
      const own = streams.get(id);
      if (own === undefined) await calls.ask('transcodes', { method: 'DELETE', path: PATHS.transcodes.one, id });
      else own.destroy();
    },

    health: () => calls.ask('health', { alsoStatus: 503 }),
    counters: () => counters,
    close() {
      breaker.close();
      for (const stream of streams.values()) stream.destroy();
    },
  };
}

/** Each event has the name of its type. */
function tell({ events }: AudioStream, event: StreamEvent | TrackEvent): void {
  (events as EventEmitter).emit(event.type, event);
}

function urlsOf({ baseUrl, urls }: ClientOptions): Record<FunctionName, string> {
  const names = Object.keys(FUNCTION_PATHS) as FunctionName[];
  return Object.fromEntries(
    names.map((name) => {
      const url =
        urls?.[name] ?? (baseUrl === undefined ? undefined : baseUrl.replace(/\/+$/, '') + FUNCTION_PATHS[name]);
      if (url === undefined || !URL.canParse(url)) throw new TypeError(`baseUrl, or urls.${name}, must be a URL`);
      return [name, url.replace(/\/+$/, '')];
    }),
  ) as Record<FunctionName, string>;
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

const standardError: ClientLog = {
  warn(fields, message) {
    process.stderr.write(
      `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), msg: message, ...fields })}\n`,
    );
  },
};

import { v7 as uuid } from 'uuid';
import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import { AudioStream } from './audio-stream.ts';
import { createFallbackLegs, type FallbackOptions } from './legs/fallback-leg.ts';
import type { OpenLeg, Via } from './legs/leg.ts';
import { createServiceLegs } from './legs/service-leg.ts';
import { BREAKER, type ClientOptions, RETRY } from './options.ts';
import { openPlaylist, type PlaylistOptions, type PlaylistRequest, sourceOf, type TrackEvent } from './playlist.ts';
import { checkedSettings, type TranscodeRequest } from './request.ts';
import { createServiceBreaker } from './service/breaker.ts';
import { createServiceCalls } from './service/calls.ts';
import { functionUrls } from './service/function-urls.ts';
import { createJobs, type Jobs } from './service/jobs.ts';
import type { Probe } from './service/probe-report.ts';
import { STANDARD_ERROR_LOG } from './stream/client-log.ts';
import { type Continuous, type ContinuousOptions, type ContinuousTrack, openContinuous } from './stream/continuous.ts';
import { createEventBuffer } from './stream/event-buffer.ts';
import type { FilterChange, StreamEvent } from './stream/events.ts';
import { type ClientCounters, createMonitor, type Playing } from './stream/monitor.ts';
import { createReaderWait } from './stream/reader-wait.ts';
import { createRealTime } from './stream/real-time.ts';
import { TIMEOUTS } from './stream/timeouts.ts';

/** The response of `GET /health`. */
export type ServiceHealth = { readonly status: 'healthy' | 'degraded' | 'unhealthy' } & Readonly<
  Record<string, unknown>
>;

/** The response of `GET /api/usage`, by budget. `limit` is null where there is none. */
export type ServiceUsage = Readonly<
  Record<string, { readonly used: number; readonly limit: number | null; readonly unit: 'count' | 'bytes' | 'seconds' }>
>;

export type Client = {
  /**
   * Plays one source. Resolves when the first audio has arrived. Throws an AppError; if it is not `recoverable`, the
   * same request fails again. `signal` destroys the stream.
   */
  transcode(request: TranscodeRequest, options?: { readonly signal?: AbortSignal }): Promise<AudioStream>;
  /**
   * Plays a list of sources as one stream and skips items that cannot be played. It is live unless the request sets
   * `live: false`. Resolves and throws as `transcode` does.
   */
  playlist(
    items: PlaylistOptions['items'],
    request: PlaylistRequest,
    options?: { readonly signal?: AbortSignal },
  ): Promise<AudioStream>;
  /**
   * Changes the filters of a live stream of this client, or of a live transcode on the service.
   * Returns the filters in force and the first sample that has them. Throws FILTER_INVALID, CONFLICT or NOT_FOUND.
   */
  setFilters(id: string, patch: FilterPatch): Promise<FilterChange>;
  /** Stops a stream of this client, or a transcode on the service. Throws NOT_FOUND. */
  stop(id: string): Promise<void>;
  /** Returns the health of the service. Throws UNAVAILABLE when it cannot be reached. */
  health(): Promise<ServiceHealth>;
  /** Returns what this caller uses of each budget of the service. Throws UNAVAILABLE when it cannot be reached. */
  usage(): Promise<ServiceUsage>;
  /**
   * Returns what the beginning and the end of a source show: container, length, streams. Takes ten seconds at most. Throws
   * the errors of sources, and UNAVAILABLE when the service cannot be reached.
   */
  probe(url: string, options?: { readonly signal?: AbortSignal }): Promise<Probe>;
  /** Video jobs. */
  readonly jobs: Jobs;
  /** Returns what has happened since the client was created. */
  counters(): Readonly<ClientCounters>;
  /** Stops every stream and the health probes. */
  close(): void;
};

/** The options with which every stream of a client is opened. */
type Parts = Pick<ContinuousOptions, 'signal' | 'readerClock' | 'onWorking'> & {
  readonly onEvent: (event: StreamEvent | TrackEvent) => void;
};

/** The service reads a source for ten seconds at most. */
const PROBE_MS = 20_000;

/** Where audio may come from, best first. */
const ORDER: readonly Via[] = ['service', 'fallback'];

/** Creates a client of the service with a local ffmpeg as fallback. Throws a TypeError for a bad or missing URL or
 * malformed networks. */
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
    onChange(isUsable) {
      if (isUsable) log.info?.({ service: 'available' }, 'the service is available again');
      else log.warn({ service: 'unavailable' }, 'the service is unavailable');
    },
  });
  const fallback = options.fallback === false ? undefined : createFallbackLegs(fallbackOptions(options));
  const legs: Readonly<Partial<Record<Via, OpenLeg>>> = {
    service: createServiceLegs(calls, timeouts),
    ...(fallback === undefined ? {} : { fallback: fallback.open }),
  };
  const streams = new Map<string, AudioStream>();
  const monitor = createMonitor({ breaker, log });

  function openOne(
    request: TranscodeRequest,
    shared: Parts & Pick<ContinuousOptions, 'realTime' | 'serial'>,
  ): ContinuousTrack {
    return openContinuous({
      ...shared,
      settings: checkedSettings(request),
      timeouts,
      // The service cannot read files of this machine.
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

  /** Opens a stream. Resolves when the first audio has arrived. */
  async function play(
    playing: Playing | undefined,
    signal: AbortSignal | undefined,
    open: (parts: Parts) => Continuous,
  ): Promise<AudioStream> {
    const abort = new AbortController();
    const events = createEventBuffer<StreamEvent | TrackEvent>();
    const either = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
    const streamMonitor = monitor.openStream();
    if (playing !== undefined) streamMonitor.plays(playing);
    const reader = createReaderWait();
    const onEvent: Parts['onEvent'] = (event) => {
      if (event.type === 'track') streamMonitor.plays({ source: sourceOf(event.item), track: event.index });
      else if (event.type === 'skipped') streamMonitor.skipped(event.error);
      else streamMonitor.record(event);
      events.emit(event);
    };
    const continuous = open({ signal: either, onEvent, onWorking: streamMonitor.isOver, readerClock: reader.clock });
    const audio = continuous.audio();
    const { value: first } = await audio.next().catch((error: unknown) => {
      streamMonitor.isOver();
      throw error;
    });
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
      streamMonitor.isOver();
    });
    return stream;
  }

  return {
    transcode: (request, { signal } = {}) =>
      play({ source: request.source_url }, signal, (parts) =>
        openOne(request, { ...parts, realTime: createRealTime(), serial: 1 }),
      ),

    playlist: (items, request, { signal } = {}) =>
      play(undefined, signal, (parts) =>
        openPlaylist({
          ...{ items, request, signal: parts.signal, onEvent: parts.onEvent },
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
    usage: () => calls.request('usage'),
    probe: (url, { signal } = {}) =>
      calls.request('probe', { method: 'POST', body: { url }, timeoutMs: PROBE_MS, ...(signal && { signal }) }),
    jobs: createJobs(calls),
    counters: () => monitor.counters,
    close() {
      breaker.close();
      for (const stream of streams.values()) stream.destroy();
      fallback?.close();
    },
  };
}

function fallbackOptions({ fallback }: ClientOptions): FallbackOptions {
  const options = fallback === false || fallback === undefined ? {} : fallback;
  const { FFMPEG_PATH, PATH, SOURCE_ALLOWED_NETWORKS, SOURCE_DENIED_NETWORKS, SOURCE_ALLOWED_PORTS } = process.env;
  return {
    ffmpegPath: options.ffmpegPath ?? FFMPEG_PATH,
    path: PATH ?? '',
    resolveSource: options.resolveSource ?? ((url) => url),
    sourceAllowedNetworks: options.sourceAllowedNetworks ?? listOf(SOURCE_ALLOWED_NETWORKS),
    sourceDeniedNetworks: options.sourceDeniedNetworks ?? listOf(SOURCE_DENIED_NETWORKS),
    sourceAllowedPorts: options.sourceAllowedPorts ?? listOf(SOURCE_ALLOWED_PORTS),
  };
}

function listOf(text = ''): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== '');
}

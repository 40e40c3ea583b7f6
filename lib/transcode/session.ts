import { addAbortListener } from 'node:events';
import type { Readable } from 'node:stream';
import { AppError } from '#lib/errors.ts';
import { createPlayback, type Playback, type Position } from '#lib/playback/playback.ts';
import type { PlaybackSettings } from '#lib/playback/settings.ts';
import type { Renditions } from '#lib/renditions/renditions.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';
import { type Audio, type AudioOrigin, openAudio, positionOf } from './audio.ts';
import { audioBody } from './audio-body.ts';
import { type AboutAudio, type ProductionDependencies, produceAudio } from './production.ts';
import { closeReason, LeftError, type SessionOutcome, sessionOutcome, stopReason } from './session-outcome.ts';
import type { TranscodeTimeline } from './state.ts';

export type SessionDependencies = ProductionDependencies & {
  readonly openSource: (url: string, options: { readonly signal: AbortSignal }) => Promise<OpenedSource>;
  readonly renditions: Renditions<AboutAudio>;
  /** Identifies the audio that a request produces from a source; undefined when it may not be shared. */
  readonly renditionKey: (settings: PlaybackSettings, source: OpenedSource) => string | undefined;
  /** Milliseconds after which a reader that does not read available audio is cut off. */
  readonly readerTimeoutMs: number;
  /** Milliseconds until the source must be open, or copied if it needs seeking. */
  readonly openMs: number;
};

/** Settings and the URL of the source they apply to. */
export type SourcedSettings = PlaybackSettings & { readonly sourceUrl: string };

export type SessionContext = {
  /** Ends the session. `started` and the body fail with its reason if that is an AppError. */
  readonly signal: AbortSignal;
  readonly timeline: TranscodeTimeline;
  /** Called from time to time when more bytes have been sent. */
  readonly onProgress: () => void;
};

/** What the response starts with, once the first byte is available. */
export type Started = {
  /** Detected container and codec, such as `mp3/mp3`. */
  readonly sourceFormat: string;
  readonly origin: AudioOrigin;
  /** The encoded audio. Fails with an AppError unless it is complete. */
  readonly body: Readable;
};

export type Session = {
  /** Rejects with an AppError when no first byte arrives. */
  readonly started: Promise<Started>;
  /** Resolves when all resources of the session are freed. Never rejects. */
  readonly ended: Promise<SessionOutcome>;
  position(): Position;
  /** Bytes sent so far. */
  bytes(): number;
} & Pick<Playback, 'adjust' | 'filters'>;

/** Shortest time between two progress reports. */
const PROGRESS_MS = 500;
/** Time over which audio that is not urgent is collected into larger chunks, ms. */
const GATHER_MS = 50;

/** Runs one transcode: opens the source, produces its audio or reads a shared rendition, then frees everything. */
export function openSession(
  settings: SourcedSettings,
  dependencies: SessionDependencies,
  { signal, timeline, onProgress }: SessionContext,
): Session {
  const resources = new AsyncDisposableStack();
  const breaker = new AbortController();
  const stopped = AbortSignal.any([signal, breaker.signal]);
  const leave = (): void => breaker.abort(new LeftError());
  const playback = createPlayback(settings);
  let audio: Audio | undefined;
  let bytes = 0;
  let reportedAt = 0;

  function onBytes(count: number): void {
    bytes += count;
    if (performance.now() - reportedAt < PROGRESS_MS) return;
    reportedAt = performance.now();
    onProgress();
  }

  async function start(): Promise<Started> {
    const connection = new AbortController();
    // Other sessions may go on reading a rendition that this session started.
    const tie = addAbortListener(stopped, () => connection.abort(stopped.reason));
    resources.use(tie);
    const tooLate = setTimeout(() => breaker.abort(notOpened(dependencies.openMs)), dependencies.openMs);
    const isOpen = (): void => clearTimeout(tooLate);
    resources.defer(isOpen);
    const onSpawned = (): void => {
      isOpen();
      timeline.mark('spawned');
    };
    const source = await dependencies.openSource(settings.sourceUrl, { signal: connection.signal });
    timeline.mark('opened');
    const found = await openAudio({
      source,
      key: dependencies.renditionKey(settings, source),

      renditions: dependencies.renditions,
      subject: dependencies.account,
      produce: (until) => produceAudio(settings, source, dependencies, { signal: until, playback, onSpawned }),
      onShared: () => tie[Symbol.dispose](),
      onJoined: isOpen,
      resources,
      stopped,
    });
    audio = found;
    timeline.mark('first_byte');
    const body = audioBody({
      output: found.output,
      outcome: found.outcome,
      readerTimeoutMs: dependencies.readerTimeoutMs,
      gatherMs: settings.live || settings.preset === 'lowlatency' ? 0 : GATHER_MS,
      stopped: AbortSignal.any([stopped, found.stopped]),
      onBytes,
      onClose: leave,
    });
    return { sourceFormat: found.about().sourceFormat, origin: found.origin, body };
  }

  const started = start().catch((error: unknown) => {
    throw stopReason(stopped) ?? error;
  });
  const ended = started
    .then(
      ({ body }) => closeReason(body, stopped),
      (error: unknown) => error,
    )
    .then(async (reason) => {
      leave();
      await resources.disposeAsync();
      timeline.mark('ended');
      return sessionOutcome(reason, bytes);
    });
  return {
    started,
    ended,
    adjust: playback.adjust,
    filters: playback.filters,
    position: () => (audio === undefined ? playback.position() : positionOf(audio, settings.startAt)),
    bytes: () => bytes,
  };
}

function notOpened(ms: number): AppError {
  const message = `the source could not be opened within ${ms / 1_000} seconds`;
  return new AppError('TIMEOUT', { part: 'source', limit_seconds: ms / 1_000 }, { message });
}

import type { Readable } from 'node:stream';
import { AppError } from '#lib/errors.ts';
import type { FfmpegCommand, FfmpegProcess, StopPolicy } from '#lib/ffmpeg/process.ts';
import { transcodeArguments, wasCut } from '#lib/playback/arguments.ts';
import { createPlayback, type Playback } from '#lib/playback/playback.ts';
import type { TranscodeRequest } from '#lib/playback/request.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';
import { type SpooledSource, spool } from '#lib/sources/spool.ts';
import { withoutXingSize } from '#lib/sources/xing-size.ts';
import { audioBody } from './audio-body.ts';
import { failureOf } from './failure.ts';
import { feedPipe } from './feed.ts';
import { detectedFormat, firstBytes } from './first-byte.ts';
import { startPatience } from './patience.ts';
import { endOf, LeftError, type SessionEnd, sessionEnd, stopReason } from './session-end.ts';
import type { Timeline } from './timeline.ts';

export type SessionDependencies = {
  readonly openSource: (url: string, options: { readonly signal: AbortSignal }) => Promise<OpenedSource>;
  readonly startFfmpeg: (command: Omit<FfmpegCommand, 'binary'>, stop: StopPolicy['by']) => FfmpegProcess;
  readonly spool: { readonly directory: string; readonly maxBytes: number };
  /** Milliseconds ffmpeg has for its first byte, once it takes no more of the source. */
  readonly firstByteMs: number;
  /** Milliseconds a reader may leave audio untaken. */
  readonly readerTimeoutMs: number;
  /** Seconds of audio after which the stream breaks off. */
  readonly maxDurationSeconds: number;
  /** Of the ffmpeg that is started (`Capabilities`). */
  readonly losesPitchedEnd: boolean;
};

export type SessionContext = {
  /** Aborted when the client has left, or by whoever may stop the session; an AppError as its reason is told. */
  readonly signal: AbortSignal;
  readonly timeline: Timeline;
};

/** What the answer starts with, once the first byte is there. */
export type Started = {
  /** Container and codec as detected, such as `mp3/mp3`. */
  readonly sourceFormat: string;
  /** The encoded audio; it breaks with an AppError unless it is complete. */
  readonly body: Readable;
};

export type Session = {
  /** Rejects with an AppError when there is no first byte. */
  readonly started: Promise<Started>;
  /** Resolves when all the session had is freed. Never rejects. */
  readonly ended: Promise<SessionEnd>;
} & Pick<Playback, 'adjust' | 'filters' | 'position'>;

/** Bytes a source may bring without a sound in return: one that was not recognised, and one that was. */
const BARREN_BYTES = { unrecognised: 1 << 20, recognised: 64 << 20 } as const;
/** What ffmpeg's `async` protocol takes before anybody asks for it (libavformat/async.c). */
const ASYNC_RING_BYTES = 8 << 20;
/** Decoding and discarding up to `start_at`: bytes a second of source may have, and its time, ms. */
const SKIPPED_SECOND = { bytes: 1 << 20, ms: 20 } as const;

/** One transcode: opens the source, starts ffmpeg, waits for its first byte, and frees everything at the end. */
export function openSession(
  request: TranscodeRequest,
  dependencies: SessionDependencies,
  { signal, timeline }: SessionContext,
): Session {
  const resources = new AsyncDisposableStack();
  const breaker = new AbortController();
  const stopped = AbortSignal.any([signal, breaker.signal]);
  const fail = (reason: Error): void => breaker.abort(reason);
  const playback = createPlayback(request);
  let ffmpeg: FfmpegProcess | undefined;

  async function start(): Promise<Started> {
    const { openSource, firstByteMs, readerTimeoutMs } = dependencies;
    const source = resources.adopt(await openSource(request.source_url, { signal: stopped }), (opened) =>
      opened.close(),
    );
    timeline.mark('opened');
    const spooled = await spoolIfNeeded(source);
    const process = launch(source, spooled);
    playback.attach(process, source.size);
    ffmpeg = process;
    timeline.mark('spawned');

    const patience = firstByteMs + request.start_at * SKIPPED_SECOND.ms;
    const impatience = startPatience(patience, { taken: () => process.input?.bytesWritten ?? 0, fail });
    const hasBytes = await firstBytes(process.output).finally(impatience);
    if (!hasBytes) await refuseSilence(process);
    timeline.mark('first_byte');
    process.yieldProcessor();
    const body = audioBody({
      output: process.output,
      verdict: () => verdict(process),
      readerTimeoutMs,
      stopped,
      onClose: () => fail(new LeftError()),
    });
    return { sourceFormat: await detectedFormat(source.format, playback.format), body };
  }

  async function spoolIfNeeded({ format, body }: OpenedSource): Promise<SpooledSource | undefined> {
    if (format.index === 'first') return undefined;
    const spooled = await spool(body, { ...dependencies.spool, signal: stopped });
    return resources.adopt(spooled, (file) => file.close());
  }

  function launch(source: OpenedSource, spooled: SpooledSource | undefined): FfmpegProcess {
    const command = {
      args: transcodeArguments(request, {
        feed: spooled === undefined ? 'pipe' : 'spool',
        demuxer: source.format.demuxer,
        maxSeconds: dependencies.maxDurationSeconds,
        losesPitchedEnd: dependencies.losesPitchedEnd,
      }),
      input: spooled === undefined ? 'pipe' : { fd: spooled.fd },
      onLog: playback.readLog,
      onProgress: playback.readProgress,
    } as const;
    // Commands come by standard input, as `q` does.
    const process = dependencies.startFfmpeg(command, request.live ? 'q' : 'SIGTERM');
    const kill = () => void process.kill();
    stopped.addEventListener('abort', kill, { once: true });
    if (stopped.aborted) kill();
    resources.defer(async () => {
      stopped.removeEventListener('abort', kill);
      await process.kill();
    });
    feed(source, process);
    return process;
  }

  function feed({ format, body }: OpenedSource, { input, output }: FfmpegProcess): void {
    if (input === null) return;
    const readAhead = request.live ? ASYNC_RING_BYTES : 0;
    const allowance = (format.demuxer === undefined ? BARREN_BYTES.unrecognised : BARREN_BYTES.recognised) + readAhead;
    void feedPipe({
      body,
      input,
      barrenBytes: allowance + request.start_at * SKIPPED_SECOND.bytes,
      ...(format.container === 'mp3' ? { mend: withoutXingSize } : {}),
      given: () => output.bytesRead,
      onFailure: fail,
    });
  }

  /** Why the output is not complete. Whoever stops a session kills ffmpeg: one that finished has given all. */
  async function verdict(process: FfmpegProcess): Promise<Error | undefined> {
    const failure = failureOf(await process.outcome);
    if (failure !== undefined) return stopReason(stopped) ?? failure;
    const { maxDurationSeconds } = dependencies;
    const { outTimeSeconds: seconds } = process.progress();
    return wasCut(request, { seconds, maxSeconds: maxDurationSeconds }) ? tooLong(maxDurationSeconds) : undefined;
  }

  async function refuseSilence(process: FfmpegProcess): Promise<void> {
    const reason = await verdict(process);
    if (reason !== undefined) throw reason;
    // Behind its end, or of no length at all, there is nothing to give; that is no failure.
    if (request.start_at > 0 || request.duration !== undefined) return;
    throw new AppError('UNSUPPORTED_FORMAT', {}, { message: 'the source holds no sound' });
  }

  const started = start().catch((error: unknown) => {
    throw stopReason(stopped) ?? error;
  });
  const ended = started
    .then(
      ({ body }) => endOf(body, stopped),
      (error: unknown) => error,
    )
    .then(async (reason) => {
      fail(new LeftError());
      await resources.disposeAsync();
      timeline.mark('ended');
      return sessionEnd(reason, ffmpeg?.output.bytesRead ?? 0);
    });
  return { started, ended, adjust: playback.adjust, filters: playback.filters, position: playback.position };
}

function tooLong(seconds: number): AppError {
  const details = { limit_seconds: seconds };
  return new AppError('PAYLOAD_TOO_LARGE', details, { message: 'the audio is over its longest duration' });
}

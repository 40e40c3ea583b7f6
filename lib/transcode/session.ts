import type { Readable } from 'node:stream';
import { AppError } from '#lib/errors.ts';
import { createInputFormatReader, type InputFormatReader } from '#lib/ffmpeg/input-format.ts';
import type { FfmpegCommand, FfmpegProcess } from '#lib/ffmpeg/process.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';
import { type SpooledSource, spool } from '#lib/sources/spool.ts';
import { transcodeArguments, wasCut } from './arguments.ts';
import { audioBody } from './audio-body.ts';
import { failureOf } from './failure.ts';
import { feedPipe } from './feed.ts';
import { detectedFormat, firstBytes } from './first-byte.ts';
import type { TranscodeRequest } from './request.ts';
import { endOf, LeftError, type SessionEnd, sessionEnd, stopReason } from './session-end.ts';
import type { Timeline } from './timeline.ts';

export type SessionDependencies = {
  readonly openSource: (url: string, options: { readonly signal: AbortSignal }) => Promise<OpenedSource>;
  readonly startFfmpeg: (command: Omit<FfmpegCommand, 'binary'>) => FfmpegProcess;
  readonly spool: { readonly directory: string; readonly maxBytes: number };
  /** Milliseconds ffmpeg has for its first byte, once it takes no more of the source. */
  readonly firstByteMs: number;
  /** Milliseconds a reader may leave audio untaken. */
  readonly readerTimeoutMs: number;
  /** Seconds of audio after which the stream breaks off. */
  readonly maxDurationSeconds: number;
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
};

/** Bytes a source may bring without a sound in return: one that was not recognised, and one that was. */
const BARREN_BYTES = { unrecognised: 1 << 20, recognised: 64 << 20 } as const;
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
  let ffmpeg: FfmpegProcess | undefined;

  async function start(): Promise<Started> {
    const { openSource, firstByteMs, readerTimeoutMs } = dependencies;
    const source = resources.adopt(await openSource(request.source_url, { signal: stopped }), (opened) =>
      opened.close(),
    );
    timeline.mark('opened');
    const spooled = await spoolIfNeeded(source);
    const format = createInputFormatReader();
    const process = launch({ source, spooled, format });
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
    return { sourceFormat: await detectedFormat(source.format, format), body };
  }

  async function spoolIfNeeded({ format, body }: OpenedSource): Promise<SpooledSource | undefined> {
    if (format.index === 'first') return undefined;
    const spooled = await spool(body, { ...dependencies.spool, signal: stopped });
    return resources.adopt(spooled, (file) => file.close());
  }

  function launch({ source, spooled, format }: Launch): FfmpegProcess {
    const process = dependencies.startFfmpeg({
      args: transcodeArguments(request, {
        feed: spooled === undefined ? 'pipe' : 'spool',
        demuxer: source.format.demuxer,
        maxSeconds: dependencies.maxDurationSeconds,
      }),
      input: spooled === undefined ? 'pipe' : { fd: spooled.fd },
      onLog: format.read,
    });
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
    const allowance = format.demuxer === undefined ? BARREN_BYTES.unrecognised : BARREN_BYTES.recognised;
    void feedPipe({
      body,
      input,
      barrenBytes: allowance + request.start_at * SKIPPED_SECOND.bytes,
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
  return { started, ended };
}

type Launch = {
  readonly source: OpenedSource;
  readonly spooled: SpooledSource | undefined;
  readonly format: InputFormatReader;
};

type Waiting = { readonly taken: () => number; readonly fail: (error: Error) => void };

/** Fails when so many milliseconds pass in which ffmpeg takes nothing more of its source. Returns the stop. */
function startPatience(ms: number, { taken, fail }: Waiting): () => void {
  let before = taken();
  const timer = setInterval(() => {
    const now = taken();
    if (now === before) fail(tooLate(ms));
    before = now;
  }, ms);
  return () => clearInterval(timer);
}

function tooLate(ms: number): AppError {
  const details = { part: 'ffmpeg', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: 'no audio came in time' });
}

function tooLong(seconds: number): AppError {
  const details = { limit_seconds: seconds };
  return new AppError('PAYLOAD_TOO_LARGE', details, { message: 'the audio is over its longest duration' });
}

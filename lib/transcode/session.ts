import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, toAppError } from '#lib/errors.ts';
import { createInputFormatReader, type InputFormatReader } from '#lib/ffmpeg/input-format.ts';
import type { FfmpegCommand, FfmpegProcess } from '#lib/ffmpeg/process.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';
import { type SpooledSource, spool } from '#lib/sources/spool.ts';
import { transcodeArguments } from './arguments.ts';
import { audioBody } from './audio-body.ts';
import { failureOf } from './failure.ts';
import { feedPipe } from './feed.ts';
import type { TranscodeRequest } from './request.ts';
import type { Timeline } from './timeline.ts';

export type SessionDependencies = {
  readonly openSource: (url: string, options: { readonly signal: AbortSignal }) => Promise<OpenedSource>;
  readonly startFfmpeg: (command: Omit<FfmpegCommand, 'binary'>) => FfmpegProcess;
  readonly spool: { readonly directory: string; readonly maxBytes: number };
  /** Milliseconds ffmpeg has for its first byte, once the source is open. */
  readonly firstByteMs: number;
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

export type SessionEnd = { readonly bytes: number } & (
  | { readonly state: 'completed' }
  | { readonly state: 'failed'; readonly error: AppError }
  | { readonly state: 'cancelled' }
);

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
/** ffmpeg has told its input before it gives a byte; its log only comes through another pipe. */
const FORMAT_WAIT_MS = 50;

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
    try {
      return await begin();
    } catch (error) {
      throw reasonOf(stopped) ?? error;
    }
  }

  async function begin(): Promise<Started> {
    const source = resources.adopt(await dependencies.openSource(request.source_url, { signal: stopped }), (opened) =>
      opened.close(),
    );
    timeline.mark('opened');
    const spooled = await spoolIfNeeded(source);
    const format = createInputFormatReader();
    ffmpeg = launch(source, spooled, format);
    timeline.mark('spawned');
    const process = ffmpeg;
    if (process.input !== null) void feed(source, process.input, process);

    const patience = dependencies.firstByteMs + request.start_at * SKIPPED_SECOND.ms;
    const timer = setTimeout(() => fail(tooLate(patience)), patience);
    const hasBytes = await firstBytes(process.output).finally(() => clearTimeout(timer));
    const verdict = () => judge(process);
    if (!hasBytes) await refuseSilence(verdict);
    timeline.mark('first_byte');
    process.yieldProcessor();
    const body = audioBody({ output: process.output, verdict, onClose: () => fail(new LeftError()) });
    return { sourceFormat: await formatOf(source, format), body };
  }

  async function spoolIfNeeded(source: OpenedSource): Promise<SpooledSource | undefined> {
    if (source.format.index === 'first') return undefined;
    const spooled = await spool(source.body, { ...dependencies.spool, signal: stopped });
    return resources.adopt(spooled, (file) => file.close());
  }

  function launch(source: OpenedSource, spooled: SpooledSource | undefined, format: InputFormatReader): FfmpegProcess {
    const { demuxer } = source.format;
    const launched = dependencies.startFfmpeg({
      args: transcodeArguments(request, { feed: spooled === undefined ? 'pipe' : 'spool', demuxer }),
      input: spooled === undefined ? 'pipe' : { fd: spooled.fd },
      onLog: format.read,
      onProgress: ({ outTimeSeconds }) => {
        if (outTimeSeconds > dependencies.maxDurationSeconds) fail(tooLong(dependencies.maxDurationSeconds));
      },
    });
    const kill = () => void launched.kill();
    stopped.addEventListener('abort', kill, { once: true });
    if (stopped.aborted) kill();
    resources.defer(async () => {
      stopped.removeEventListener('abort', kill);
      await launched.kill();
    });
    return launched;
  }

  function feed(
    source: OpenedSource,
    input: NonNullable<FfmpegProcess['input']>,
    process: FfmpegProcess,
  ): Promise<void> {
    const allowance = source.format.demuxer === undefined ? BARREN_BYTES.unrecognised : BARREN_BYTES.recognised;
    return feedPipe({
      body: source.body,
      input,
      barrenBytes: allowance + request.start_at * SKIPPED_SECOND.bytes,
      given: () => process.output.bytesRead,
      onFailure: fail,
    });
  }

  /** Why the output is not complete. Whoever stops a session kills ffmpeg: one that finished has given all. */
  async function judge(process: FfmpegProcess): Promise<Error | undefined> {
    const failure = failureOf(await process.outcome);
    return failure === undefined ? undefined : (reasonOf(stopped) ?? failure);
  }

  async function refuseSilence(verdict: () => Promise<Error | undefined>): Promise<void> {
    const reason = await verdict();
    if (reason !== undefined) throw reason;
    // Behind its end a source has nothing more to give; that is no failure.
    if (request.start_at === 0) throw new AppError('UNSUPPORTED_FORMAT', {}, { message: 'the source holds no sound' });
  }

  const started = start();
  const ended = started
    .then(
      ({ body }) => endOf(body),
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

/** The reader has gone, or has all it wanted: nobody is told. */
class LeftError extends Error {
  override readonly name = 'LeftError';
}

function reasonOf(signal: AbortSignal): Error | undefined {
  if (!signal.aborted) return undefined;
  return signal.reason instanceof AppError ? signal.reason : new LeftError();
}

/** True when there are bytes to read, false when the stream ends without any. */
async function firstBytes(output: Readable): Promise<boolean> {
  if (output.readableLength === 0) await Promise.race([once(output, 'readable'), once(output, 'close')]);
  return output.readableLength > 0;
}

/** Resolves when the body has closed: with nothing when it ended, else with our own failure, or the reader's leaving. */
async function endOf(body: Readable): Promise<AppError | LeftError | undefined> {
  if (!body.closed) await once(body, 'close').catch(() => undefined);
  if (body.readableEnded) return undefined;
  return body.errored instanceof AppError ? body.errored : new LeftError();
}

async function formatOf({ format }: OpenedSource, reader: InputFormatReader): Promise<string> {
  const detected = await Promise.race([reader.detected, delay(FORMAT_WAIT_MS, undefined, { ref: false })]);
  const container = format.demuxer === undefined ? detected?.container : format.container;
  return `${container ?? 'unknown'}/${detected?.codec ?? 'unknown'}`;
}

function sessionEnd(reason: unknown, bytes: number): SessionEnd {
  if (reason === undefined) return { state: 'completed', bytes };
  return reason instanceof LeftError
    ? { state: 'cancelled', bytes }
    : { state: 'failed', error: toAppError(reason), bytes };
}

function tooLate(ms: number): AppError {
  const details = { part: 'ffmpeg', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: 'no audio came in time' });
}

function tooLong(seconds: number): AppError {
  return new AppError(
    'PAYLOAD_TOO_LARGE',
    { limit_seconds: seconds },
    { message: 'the audio is over its longest duration' },
  );
}

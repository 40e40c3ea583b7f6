import type { Readable } from 'node:stream';
import { withoutXingSize } from '#lib/containers/xing-size.ts';
import { AppError } from '#lib/errors.ts';
import { failureOf, noSound } from '#lib/ffmpeg/failure.ts';
import type { FfmpegCommand, FfmpegProcess, StopPolicy } from '#lib/ffmpeg/process.ts';
import type { Log } from '#lib/log.ts';
import { passthroughArguments, transcodeArguments, wasCut } from '#lib/playback/arguments.ts';
import { findPassthrough } from '#lib/playback/passthrough.ts';
import type { Passthrough } from '#lib/playback/passthrough-examiners.ts';
import type { Playback, Position } from '#lib/playback/playback.ts';
import type { PlaybackSettings } from '#lib/playback/settings.ts';
import type { OpenedSource, SourceFormat } from '#lib/sources/open-source.ts';
import { type SpooledSource, spool } from '#lib/sources/spool.ts';
import { feedPipe } from './feed.ts';
import { detectedFormat, firstAudio } from './first-byte.ts';
import { startFirstByteTimeout } from './first-byte-timeout.ts';
import { LeftError, stopReason } from './session-outcome.ts';

export type ProductionDependencies = {
  readonly startFfmpeg: (command: Omit<FfmpegCommand, 'binary'>, stop: StopPolicy['by']) => FfmpegProcess;
  readonly spool: { readonly directory: string; readonly maxBytes: number };
  /** Milliseconds ffmpeg has for its first byte, once it takes no more of the source. */
  readonly firstByteMs: number;
  /** Seconds of audio after which the stream breaks off. */
  readonly maxDurationSeconds: number;
  /** Of the ffmpeg that is started (`Capabilities`). */
  readonly losesPitchedEnd: boolean;
  readonly log: Pick<Log, 'debug' | 'warn'>;
};

/** What is known of audio that is made, or has been. */
export type AboutAudio = {
  /** Container and codec of the source as detected, such as `mp3/mp3`. */
  readonly sourceFormat: string;
  readonly position: Position;
};

/** An ffmpeg at work on an opened source, whose first bytes are there. */
export type AudioProduction = {
  readonly output: Readable;
  /** Aborted when no more is made. */
  readonly stopped: AbortSignal;
  about(): AboutAudio;
  /** Why the output is not complete, once it has ended. Never rejects. */
  outcome(): Promise<Error | undefined>;
  /** Ends it, and frees the source and all else it had. */
  close(): Promise<void>;
};

export type ProductionContext = {
  /** Whoever aborts it ends the production; an AppError as its reason is told. */
  readonly signal: AbortSignal;
  readonly playback: Playback;
  /** Called when ffmpeg runs. */
  readonly onSpawned: () => void;
};

/** Bytes a source may bring without a sound in return: one that was not recognised, and one that was. */
const BARREN_BYTES = { unrecognised: 1 << 20, recognised: 64 << 20 } as const;
/** What ffmpeg's `async` protocol takes before anybody asks for it (libavformat/async.c). */
const ASYNC_RING_BYTES = 8 << 20;
/** Decoding and discarding up to `start_at`: bytes a second of source may have, and its time, ms. */
const SKIPPED_SECOND = { bytes: 1 << 20, ms: 20 } as const;

/** Starts ffmpeg on a source, which it owns from now on, and waits for its first byte. Throws an AppError without one. */
export async function produceAudio(
  settings: PlaybackSettings,
  source: OpenedSource,
  dependencies: ProductionDependencies,
  { signal, playback, onSpawned }: ProductionContext,
): Promise<AudioProduction> {
  const resources = new AsyncDisposableStack();
  const breaker = new AbortController();
  const stopped = AbortSignal.any([signal, breaker.signal]);
  const fail = (reason: Error): void => breaker.abort(reason);

  async function start(): Promise<AudioProduction> {
    resources.adopt(source, (opened) => opened.close());
    const spooled = await spoolIfNeeded();
    const passthrough = await findPassthrough(settings, {
      source,
      spooled,
      startFfmpeg: dependencies.startFfmpeg,
      signal: stopped,
      log: dependencies.log,
    });
    const process = launch(spooled, passthrough);
    playback.attach(process, source.size);
    onSpawned();
    const timeoutMs = dependencies.firstByteMs + settings.startAt * SKIPPED_SECOND.ms;
    const stopTimeout = startFirstByteTimeout(timeoutMs, { taken: () => process.input?.bytesWritten ?? 0, fail });
    const hasAudio = await firstAudio(process, settings.format).finally(stopTimeout);
    if (!hasAudio) await refuseSilence(process);
    process.yieldProcessor();
    const sourceFormat = await detectedFormat(source.format, playback.format);
    return {
      output: process.output,
      stopped,
      about: () => ({ sourceFormat, position: playback.position() }),
      outcome: () => outcome(process),
      close,
    };
  }

  async function close(): Promise<void> {
    fail(new LeftError());
    await resources.disposeAsync();
  }

  async function spoolIfNeeded(): Promise<SpooledSource | undefined> {
    if (source.format.index === 'first') return undefined;
    const spooled = await spool(source.body, { ...dependencies.spool, signal: stopped });
    return resources.adopt(spooled, (file) => file.close());
  }

  function launch(spooled: SpooledSource | undefined, passthrough: Passthrough | undefined): FfmpegProcess {
    const argumentsOf = passthrough === undefined ? transcodeArguments : passthroughArguments;
    const command = {
      args: argumentsOf(settings, {
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
    const process = dependencies.startFfmpeg(command, settings.live ? 'q' : 'SIGTERM');
    const kill = () => void process.kill();
    stopped.addEventListener('abort', kill, { once: true });
    if (stopped.aborted) kill();
    resources.defer(async () => {
      stopped.removeEventListener('abort', kill);
      await process.kill();
    });
    feed(process, passthrough?.mend ?? mendOf(source.format));
    return process;
  }

  function feed({ input, output }: FfmpegProcess, mend: ((beginning: Buffer) => Buffer) | undefined): void {
    if (input === null) return;
    const { format, body } = source;
    const readAhead = settings.live ? ASYNC_RING_BYTES : 0;
    const allowance = (format.demuxer === undefined ? BARREN_BYTES.unrecognised : BARREN_BYTES.recognised) + readAhead;
    void feedPipe({
      body,
      input,
      barrenBytes: allowance + settings.startAt * SKIPPED_SECOND.bytes,
      ...(mend === undefined ? {} : { mend }),
      given: () => output.bytesRead,
      onFailure: fail,
    });
  }

  /** Whoever stops a production kills ffmpeg: one that finished has given all. */
  async function outcome(process: FfmpegProcess): Promise<Error | undefined> {
    const failure = failureOf(await process.outcome, 'fed');
    if (failure !== undefined) return stopReason(stopped) ?? failure;
    const { maxDurationSeconds } = dependencies;
    const { outTimeSeconds: seconds } = process.progress();
    return wasCut(settings, { seconds, maxSeconds: maxDurationSeconds }) ? tooLong(maxDurationSeconds) : undefined;
  }

  async function refuseSilence(process: FfmpegProcess): Promise<void> {
    const reason = await outcome(process);
    if (reason !== undefined) throw reason;
    // Behind its end, or of no length at all, there is nothing to give; that is no failure.
    if (settings.startAt > 0 || settings.duration !== undefined) return;
    throw noSound();
  }

  return await start().catch(async (error: unknown) => {
    const reason = stopReason(stopped) ?? error;
    await close();
    throw reason;
  });
}

function mendOf({ container }: SourceFormat): ((beginning: Buffer) => Buffer) | undefined {
  return container === 'mp3' ? withoutXingSize : undefined;
}

function tooLong(seconds: number): AppError {
  const details = { limit_seconds: seconds };
  return new AppError('PAYLOAD_TOO_LARGE', details, { message: 'the audio is over its longest duration' });
}

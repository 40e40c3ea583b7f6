import { addAbortListener } from 'node:events';
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
import type { Production } from '#lib/renditions/rendition.ts';
import { barrenAllowance, feedPipe, type PipeFeed } from '#lib/sources/feed.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';
import { type SpooledSource, type SpoolOptions, spool } from '#lib/sources/spool.ts';
import type { Share } from '#lib/work/shares.ts';
import { detectedFormat, firstAudio } from './first-byte.ts';
import { cpuLimitSeconds, nicenessOf, type ProcessorLimits } from './processor-share.ts';
import { LeftError, stopReason } from './session-outcome.ts';

export type ProductionDependencies = ProcessorLimits & {
  readonly startFfmpeg: (command: Omit<FfmpegCommand, 'program'>, stop: StopPolicy['by']) => FfmpegProcess;
  readonly spool: Omit<SpoolOptions, 'claim' | 'signal'>;
  /** Disk space of copied sources, bytes. */
  readonly spoolBytes: Share;
  /** For whom the audio is produced. */
  readonly account: string;
  /** Returns whether that caller runs more than its share. */
  readonly isGreedy: () => boolean;
  /** Milliseconds ffmpeg has to produce its first byte once it reads no more of the source. */
  readonly firstByteMs: number;
  /** A property of the ffmpeg that is started (`Capabilities`). */
  readonly losesPitchedEnd: boolean;
  readonly log: Pick<Log, 'debug' | 'warn'>;
};

/** What is known about audio that is or was produced. */
export type AboutAudio = {
  /** Container and codec of the source as detected, such as `mp3/mp3`. */
  readonly sourceFormat: string;
  readonly position: Position;
};

/** An ffmpeg that transcodes an opened source and has produced its first bytes. */
export type AudioProduction = Production<AboutAudio> & {
  /** Aborted when no more audio is produced. */
  readonly stopped: AbortSignal;
};

export type ProductionContext = {
  /** Ends the production when aborted. The production then throws the reason if it is an AppError. */
  readonly signal: AbortSignal;
  readonly playback: Playback;
  /** Called when ffmpeg has been started. */
  readonly onSpawned: () => void;
};

/** Time to decode and discard a second of source before `start_at`, ms. */
const SKIPPED_SECOND_MS = 20;

/** Starts ffmpeg on a source, which it then owns, and waits for the first byte. Throws an AppError without one. */
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
    const timeoutMs = dependencies.firstByteMs + settings.startAt * SKIPPED_SECOND_MS;
    if (!(await firstAudio(process, { format: settings.format, timeoutMs, fail }))) await refuseSilence(process);
    process.yieldProcessor(nicenessOf(settings, dependencies.isGreedy()));
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
    const space = dependencies.spoolBytes.take({ account: dependencies.account }, 0);
    resources.defer(space.release);
    const spooled = await spool(source.body, { ...dependencies.spool, claim: space.grow, signal: stopped });
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
      limits: { cpuSeconds: cpuLimitSeconds(settings, dependencies) },
      onLog: playback.readLog,
      onProgress: playback.readProgress,
    } as const;
    // Commands are written to standard input, like `q`.
    const process = dependencies.startFfmpeg(command, settings.live ? 'q' : 'SIGTERM');
    resources.defer(async () => {
      await process.kill();
      // Output that was never read keeps its pipe open: header pages without audio, for example.
      process.output.destroy();
    });
    resources.use(addAbortListener(stopped, () => void process.kill()));
    feed(process, passthrough?.mend ?? (source.format.container === 'mp3' ? withoutXingSize : undefined));
    return process;
  }

  function feed({ input, output }: FfmpegProcess, mend: PipeFeed['mend']): void {
    if (input === null) return;
    void feedPipe({
      body: source.body,
      input,
      barrenBytes: barrenAllowance(source.format, settings),
      mend,
      given: () => output.bytesRead,
      onFailure: fail,
    });
  }

  /** A stopped production kills ffmpeg, so an ffmpeg that finished has produced everything. */
  async function outcome(process: FfmpegProcess): Promise<Error | undefined> {
    const failure = failureOf(await process.outcome);
    if (failure !== undefined) return stopReason(stopped) ?? failure;
    const { maxDurationSeconds } = dependencies;
    const { outTimeSeconds: seconds } = process.progress();
    return wasCut(settings, { seconds, maxSeconds: maxDurationSeconds }) ? tooLong(maxDurationSeconds) : undefined;
  }

  async function refuseSilence(process: FfmpegProcess): Promise<void> {
    const reason = await outcome(process);
    if (reason !== undefined) throw reason;
    // A range after the end of the source, or an empty one, has no audio. That is not a failure.
    if (settings.startAt > 0 || settings.duration !== undefined) return;
    throw noSound();
  }

  return await start().catch(async (error: unknown) => {
    const reason = stopReason(stopped) ?? error;
    await close();
    throw reason;
  });
}

function tooLong(seconds: number): AppError {
  const message = `the audio is longer than the limit of ${seconds} seconds`;
  return new AppError('PAYLOAD_TOO_LARGE', { limit_seconds: seconds }, { message });
}

import { AppError } from '#lib/errors.ts';
import { type FfmpegBinary, findFfmpeg } from '#lib/ffmpeg/binary.ts';
import type { Capability } from '#lib/ffmpeg/capabilities.ts';
import { failureOf, noSound } from '#lib/ffmpeg/failure.ts';
import type { FfmpegOutcome } from '#lib/ffmpeg/outcome.ts';
import { type FfmpegProcess, startFfmpeg } from '#lib/ffmpeg/process.ts';
import { transcodeArguments } from '#lib/playback/arguments.ts';
import { createPlayback, type Playback } from '#lib/playback/playback.ts';
import type { PlaybackSettings } from '#lib/playback/settings.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';
import { unsupportedUrl } from './failures.ts';
import type { Leg, OpenLeg } from './leg.ts';
import { isAmbiguous, isServed } from './source-check.ts';
import { wasSourceCut } from './source-cut.ts';

export type FallbackOptions = {
  /** The path of ffmpeg; undefined for the first capable ffmpeg that is found. */
  readonly ffmpegPath: string | undefined;
  readonly path: string;
  /** Returns the URL that ffmpeg opens for a source that only the service can read: a signed URL, a file. */
  readonly resolveSource: (url: string) => string | Promise<string>;
};

/** The local ffmpeg also downloads the source itself. */
const REQUIRED: readonly Capability[] = [...AUDIO_CAPABILITIES, 'protocol:http'];
/** Maximum heap and stacks of one local ffmpeg, bytes. */
export const MEMORY_BYTES = 1 << 29;
const LIMITS = { memoryBytes: MEMORY_BYTES, stall: { afterMs: 30_000, from: 'spawn' } } as const;
const STOP_GRACE_MS = 2_000;
const OPENABLE = /^(?:https?|file):/;

/** Creates legs from an ffmpeg on this machine, with the service's profiles and filters. Looks for ffmpeg at once. */
export function createFallbackLegs({ ffmpegPath, path, resolveSource }: FallbackOptions): OpenLeg {
  let found: Promise<FfmpegBinary> | undefined;
  const find = (): Promise<FfmpegBinary> => {
    found ??= findFfmpeg({ purpose: 'full', ffmpegPath, path, confinement: 'limits', required: REQUIRED }).catch(
      (error: unknown) => {
        found = undefined;
        throw error;
      },
    );
    return found;
  };
  find().catch(() => undefined);

  return async ({ url, settings }, { signal }) => {
    const [binary, source] = await Promise.all([find(), resolveSource(url)]);
    signal.throwIfAborted();
    if (!OPENABLE.test(source)) throw unsupportedUrl();
    return start({ binary, source, settings }, signal);
  };
}

type Start = { readonly binary: FfmpegBinary; readonly source: string; readonly settings: PlaybackSettings };

/** Sources whose index may be at their end. Others are read sequentially if the server does not support ranges. */
export const SEEKABLE = /\.(?:m4a|m4b|mp4|mov|3gp)$/i;

function start(what: Start, signal: AbortSignal): Leg {
  let seekable = SEEKABLE.test(new URL(what.source).pathname);
  let running = launch(what, seekable);
  const kill = () => void running.ffmpeg.kill();
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();

  // A change waits for the first audio: until then, the process may be replaced by one that seeks.
  const begun = Promise.withResolvers<void>();
  begun.promise.catch(() => undefined);

  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      for await (const chunk of running.ffmpeg.output) {
        begun.resolve();
        yield chunk as Buffer;
      }
      const outcome = await running.ffmpeg.outcome;
      const error = failure(outcome) ?? silence(running.ffmpeg, what.settings);
      if (error === undefined) return;
      const isNothing = running.ffmpeg.output.bytesRead === 0;
      if (isNothing && isAmbiguous(error) && (await isServed(what.source, signal))) throw notMedia(error);
      const mayNeedSeeking = isNothing && error.code === 'UNSUPPORTED_FORMAT';
      if (seekable || !mayNeedSeeking || signal.aborted) throw error;
      seekable = true;
      running = launch(what, seekable);
    }
  }

  return {
    via: 'fallback',
    id: undefined,
    chunks: chunks(),
    async setFilters(patch) {
      await begun.promise;
      return await running.playback.adjust(patch);
    },
    wasStopped: async () => false,
    async stop() {
      signal.removeEventListener('abort', kill);
      begun.reject(new AppError('CONFLICT', { state: 'ended' }, { message: 'the stream has ended' }));
      await running.ffmpeg.kill();
    },
  };
}

function launch({ binary, source, settings }: Start, seekable: boolean): { ffmpeg: FfmpegProcess; playback: Playback } {
  const playback = createPlayback(settings);
  const ffmpeg = startFfmpeg(
    {
      program: binary,
      args: transcodeArguments(settings, {
        feed: { url: source, seekable },
        demuxer: undefined,
        maxSeconds: undefined,
        losesPitchedEnd: binary.capabilities.losesPitchedEnd,
      }),
      input: 'none',
      onLog: playback.readLog,
      onProgress: playback.readProgress,
    },
    {
      limits: LIMITS,
      stop: { by: settings.live ? 'q' : 'SIGTERM', graceMs: STOP_GRACE_MS },
    },
  );
  playback.attach(ffmpeg, undefined);
  return { ffmpeg, playback };
}

/** Returns the error for how ffmpeg ended; undefined when it has read the whole source. */
function failure(outcome: FfmpegOutcome): AppError | undefined {
  const { kind, log } = outcome;
  const brokenOff = { kind: 'failed', exitCode: 0, signal: null, log } as const;
  const error = failureOf(kind === 'finished' && wasSourceCut(log) ? brokenOff : outcome, 'opened');
  if (error === undefined) return undefined;
  const { code, message, recoverable } = error;
  // Its beginning was readable as media, so the download was cut.
  if (kind === 'finished' && code !== 'DOWNLOAD_FAILED') return new AppError('DOWNLOAD_FAILED', { part: 'fallback' });
  const details = code === 'FFMPEG_ERROR' ? { log: log.slice(-5) } : {};
  return new AppError(code, { part: 'fallback', ...details }, { message, recoverable });
}

/** The error for a file that the server sends but that ends within its header. */
function notMedia({ message }: AppError): AppError {
  return new AppError('UNSUPPORTED_FORMAT', { part: 'fallback' }, { message });
}

/** Returns the error for a source without samples. A request for a part of a source may have none. */
function silence(ffmpeg: FfmpegProcess, { startAt, duration }: PlaybackSettings): AppError | undefined {
  const isWhole = startAt === 0 && duration === undefined;
  return isWhole && ffmpeg.progress().outTimeSeconds === 0 ? noSound() : undefined;
}

import { withoutXingSize } from '#lib/containers/xing-size.ts';
import { AppError } from '#lib/errors.ts';
import { type FfmpegBinary, findFfmpeg } from '#lib/ffmpeg/binary.ts';
import { failureOf, noSound } from '#lib/ffmpeg/failure.ts';
import { type FfmpegProcess, startFfmpeg } from '#lib/ffmpeg/process.ts';
import { transcodeArguments } from '#lib/playback/arguments.ts';
import { createPlayback, type Playback } from '#lib/playback/playback.ts';
import type { PlaybackSettings } from '#lib/playback/settings.ts';
import { AUDIO_CAPABILITIES } from '#lib/profiles/audio.ts';
import { barrenAllowance, feedPipe } from '#lib/sources/feed.ts';
import { forbiddenFile, unsupportedUrl } from './failures.ts';
import type { Leg, OpenLeg } from './leg.ts';
import { createLocalSources, type LocalSource, type LocalSources, type SourceNetworks } from './local-source.ts';

export type FallbackOptions = SourceNetworks & {
  /** The path of ffmpeg; undefined for the first capable ffmpeg that is found. */
  readonly ffmpegPath: string | undefined;
  readonly path: string;
  /** Returns the URL of a source that only the service can read: a signed URL, a file. */
  readonly resolveSource: (url: string) => string | URL | Promise<string | URL>;
};

export type FallbackLegs = {
  readonly open: OpenLeg;
  /** Ends all downloads. */
  close(): void;
};

/** Maximum heap and stacks of one local ffmpeg, bytes. */
export const MEMORY_BYTES = 1 << 29;
const LIMITS = { memoryBytes: MEMORY_BYTES, stall: { afterMs: 30_000, from: 'spawn' } } as const;
const STOP_GRACE_MS = 2_000;
const OPENABLE: ReadonlySet<string> = new Set(['http:', 'https:', 'file:']);

/**
 * Creates legs from an ffmpeg on this machine, with the service's profiles and filters. Looks for ffmpeg at once. Throws
 * a TypeError for malformed networks.
 */
export function createFallbackLegs({ ffmpegPath, path, resolveSource, ...networks }: FallbackOptions): FallbackLegs {
  const sources = createLocalSources(networks);
  let found: Promise<FfmpegBinary> | undefined;
  const find = (): Promise<FfmpegBinary> => {
    found ??= findFfmpeg({
      purpose: 'audio',
      ffmpegPath,
      path,
      confinement: 'auto',
      required: AUDIO_CAPABILITIES,
    }).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  find().catch(() => undefined);

  return {
    async open({ url, settings }, { signal }) {
      const [binary, resolved] = await Promise.all([find(), resolveSource(url)]);
      signal.throwIfAborted();
      return start({ binary, sources, source: checked(url, resolved), settings }, signal);
    },
    close: sources.close,
  };
}

/**
 * Returns the URL to open for the requested one. A file is opened only if the orchestrator has named it: a URL that was
 * requested may come from a user, and a text made from it may still be that user's.
 */
function checked(requested: string, resolved: string | URL): URL {
  if (!URL.canParse(`${resolved}`)) throw unsupportedUrl();
  const url = new URL(resolved);
  if (!OPENABLE.has(url.protocol)) throw unsupportedUrl();
  const isOwn = resolved instanceof URL || new URL(requested).protocol !== 'file:';
  if (url.protocol === 'file:' && !isOwn) throw forbiddenFile();
  return url;
}

type Start = {
  readonly binary: FfmpegBinary;
  readonly sources: LocalSources;
  readonly source: URL;
  readonly settings: PlaybackSettings;
};

type Running = {
  readonly ffmpeg: FfmpegProcess;
  readonly playback: Playback;
  /** The failure of the source, if it has failed. */
  readonly sourceFailure: () => Error | undefined;
};

/** Starts a leg, which opens its source while it is read: the stream may start a rival in the meantime. */
function start(what: Start, signal: AbortSignal): Leg {
  const stopping = new AbortController();
  const stopped = AbortSignal.any([signal, stopping.signal]);
  const resources = new Set<() => unknown>();
  const launched = launch(what, stopped, resources);
  launched.catch(() => undefined);
  const kill = () => void launched.then(({ ffmpeg }) => ffmpeg.kill()).catch(() => undefined);
  stopped.addEventListener('abort', kill, { once: true });

  // A change waits for the first audio: until then, there may be no ffmpeg.
  const begun = Promise.withResolvers<void>();
  begun.promise.catch(() => undefined);

  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      const { ffmpeg, sourceFailure } = await launched;
      for await (const chunk of ffmpeg.output) {
        begun.resolve();
        yield chunk as Buffer;
      }
      const outcome = await ffmpeg.outcome;
      const error = sourceFailure() ?? failureOf(outcome) ?? silence(ffmpeg, what.settings);
      if (error !== undefined) throw error;
    } catch (error) {
      throw ofFallback(error);
    }
  }

  return {
    via: 'fallback',
    id: undefined,
    chunks: chunks(),
    async setFilters(patch) {
      await begun.promise;
      const { playback } = await launched;
      return await playback.adjust(patch);
    },
    wasStopped: async () => false,
    async stop() {
      begun.reject(new AppError('CONFLICT', { state: 'ended' }, { message: 'the stream has ended' }));
      stopping.abort();
      await launched.then(discard).catch(() => undefined);
      for (const close of resources) close();
    },
  };
}

/** Ends an ffmpeg and closes its output, which a leg that was never read would keep open. */
async function discard({ ffmpeg }: Running): Promise<void> {
  await ffmpeg.kill();
  ffmpeg.output.destroy();
}

/** Opens the source and starts ffmpeg on it. Adds what must be closed to `resources`. */
async function launch(what: Start, signal: AbortSignal, resources: Set<() => unknown>): Promise<Running> {
  const { binary, settings } = what;
  const source = await what.sources.open(what.source, signal);
  resources.add(source.close);
  signal.throwIfAborted();
  const playback = createPlayback(settings);
  const demuxer = source.kind === 'pipe' ? source.format.demuxer : source.demuxer;
  const ffmpeg = startFfmpeg(
    {
      program: binary,
      args: transcodeArguments(settings, {
        feed: source.kind === 'pipe' ? 'pipe' : 'spool',
        demuxer,
        maxSeconds: undefined,
        losesPitchedEnd: binary.capabilities.losesPitchedEnd,
      }),
      input: source.kind === 'pipe' ? 'pipe' : { fd: source.fd },
      onLog: playback.readLog,
      onProgress: playback.readProgress,
    },
    {
      limits: LIMITS,
      stop: { by: settings.live ? 'q' : 'SIGTERM', graceMs: STOP_GRACE_MS },
    },
  );
  playback.attach(ffmpeg, undefined);
  return { ffmpeg, playback, sourceFailure: feed(source, ffmpeg, settings) };
}

/** Writes a source to ffmpeg. Kills ffmpeg when the source fails. Returns a function that returns that failure. */
function feed(source: LocalSource, ffmpeg: FfmpegProcess, settings: PlaybackSettings): () => Error | undefined {
  let failure: Error | undefined;
  const { input, output } = ffmpeg;
  if (source.kind === 'file' || input === null) return () => undefined;
  void feedPipe({
    body: source.body,
    input,
    barrenBytes: barrenAllowance(source.format, settings),
    mend: source.format.container === 'mp3' ? withoutXingSize : undefined,
    given: () => output.bytesRead,
    onFailure(error) {
      failure ??= error;
      void ffmpeg.kill();
    },
  });
  return () => failure;
}

/** Returns an error as one of this leg. */
function ofFallback(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, message, recoverable, details } = error;
  const log = details['log'];
  const about = Array.isArray(log) ? { ...details, log: log.slice(-5) } : details;
  return new AppError(code, { ...about, part: details['part'] ?? 'fallback' }, { message, recoverable, cause: error });
}

/** Returns the error for a source without samples. A request for a part of a source may have none. */
function silence(ffmpeg: FfmpegProcess, { startAt, duration }: PlaybackSettings): AppError | undefined {
  const isWhole = startAt === 0 && duration === undefined;
  return isWhole && ffmpeg.progress().outTimeSeconds === 0 ? noSound() : undefined;
}

import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#lib/errors.ts';
import { runProgram } from '#lib/ffmpeg/run-program.ts';
import { accountOf, type Caller } from '#lib/identity/caller.ts';
import type { AcceptedFormats } from '#lib/sources/accepted-formats.ts';
import type { SourceOpener } from '#lib/sources/open-source.ts';
import type { Share } from '#lib/work/shares.ts';
import { type Extent, writeBothEnds } from './both-ends.ts';
import type { MediaFacts } from './media/facts.ts';
import { probeArguments, readFacts } from './media/probe.ts';
import { asRunner } from './run/as-runner.ts';
import { RUN_LIMITS } from './run/run-limits.ts';
import type { JobPrograms } from './run/run-tools.ts';

/** What the ends of a source show. */
export type SeenEnds = {
  readonly format: AcceptedFormats['any'];
  /** Size of the source; null when it does not state it. */
  readonly bytes: number | null;
  readonly extent: Extent;
};

/** Looks at sources by their beginning and their end. */
export type EndsProber = {
  /** Throws what opening a source throws. `name` is a file name. */
  see(name: string, url: string): Promise<SeenEnds>;
  /** Returns what ffprobe finds in a source that was seen. Throws UNSUPPORTED_FORMAT and LIMIT_EXCEEDED. */
  facts(name: string): Promise<MediaFacts>;
  /** Returns the bytes of a source that was seen whole. */
  bytes(name: string): Promise<Uint8Array>;
};

export type ProbeAheadOptions = {
  readonly sources: () => Pick<SourceOpener, 'open'>;
  /** Throws UNAVAILABLE without usable programs. */
  readonly programs: () => Promise<JobPrograms>;
  /** The folder of temporary files. */
  readonly directory: string;
  /** What looks at sources at a time. */
  readonly probes: Share;
  /** Niceness of ffprobe, relative to this process. */
  readonly niceness: number;
  readonly timeoutMs?: number;
};

/** Calls `work` with a prober. Throws TIMEOUT after 10 seconds, UNAVAILABLE, RATE_LIMITED and OVERLOADED. */
export type ProbeAhead = <Result>(
  request: { readonly caller: Caller; readonly signal: AbortSignal },
  work: (prober: EndsProber & { readonly programs: JobPrograms }) => Promise<Result>,
) => Promise<Result>;

const TIMEOUT_MS = 10_000;
const LIMITS = { memoryBytes: 512 << 20, cpuSeconds: 5, wallMs: 5_000, outputBytes: 4 << 20 };

/** Returns a function that looks at sources before there is a job. */
export function createProbeAhead(options: ProbeAheadOptions): ProbeAhead {
  const { directory, probes, timeoutMs = TIMEOUT_MS } = options;
  return async ({ caller, signal }, work) => {
    const place = probes.take({ account: accountOf(caller) });
    const timeout = AbortSignal.timeout(timeoutMs);
    let folder: string | undefined;
    try {
      folder = await mkdtemp(join(directory, 'probe-'));
      await chmod(folder, 0o755);
      const programs = await options.programs();
      const until = AbortSignal.any([signal, timeout]);
      const prober = createEndsProber(folder, { ...options, programs, caller: asRunner(caller), signal: until });
      return await work({ ...prober, programs });
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) throw tooSlow(timeoutMs);
      throw error;
    } finally {
      place.release();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  };
}

type Tools = Pick<ProbeAheadOptions, 'sources' | 'niceness'> & {
  readonly programs: Pick<JobPrograms, 'ffprobe'>;
  readonly caller: Caller;
  readonly signal: AbortSignal;
};

/** Returns a prober that works in a folder. */
export function createEndsProber(folder: string, { sources, programs, niceness, caller, signal }: Tools): EndsProber {
  return {
    async see(name, url) {
      const source = await sources().open(url, { accept: 'any', caller, signal, maxBytes: RUN_LIMITS.inputBytes });
      try {
        const extent = await writeBothEnds(source, join(folder, name), signal);
        return { format: source.format, bytes: source.size ?? null, extent };
      } finally {
        source.close();
      }
    },
    async facts(name) {
      const run = { args: probeArguments(name), workingDirectory: folder, files: { reads: [name] }, limits: LIMITS };
      const printed = await runProgram({ program: programs.ffprobe, ...run, niceness, signal });
      return readFacts(printed.toString());
    },
    bytes: (name) => readFile(join(folder, name)),
  };
}

function tooSlow(timeoutMs: number): AppError {
  const seconds = timeoutMs / 1_000;
  const message = `the beginnings and ends of the sources did not arrive within ${seconds} seconds`;
  return new AppError('TIMEOUT', { limit_seconds: seconds }, { message });
}

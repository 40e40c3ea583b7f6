import { addAbortListener } from 'node:events';
import { availableParallelism } from 'node:os';
import type { FfmpegOutcome } from '#lib/ffmpeg/outcome.ts';
import type { FfmpegProcess } from '#lib/ffmpeg/process.ts';
import type { Progress } from '#lib/ffmpeg/progress.ts';
import type { AttemptLogger } from './attempt-log.ts';
import { overLimit } from './failures.ts';
import { withGraphFile } from './long-graph.ts';
import type { RunLimits } from './run-limits.ts';
import type { JobPrograms, RunTools } from './run-tools.ts';
import type { Scratch } from './scratch.ts';

/** The time that an attempt has to encode and to check its files. */
export type TimeLimit = {
  readonly seconds: number;
  /** Seconds that are left. */
  left(): number;
};

/** Starts the clock of an attempt whose result has this length. */
export function timeLimit({ wall }: Pick<RunLimits, 'wall'>, resultSeconds: number): TimeLimit {
  const seconds = wall.timesLength * resultSeconds + wall.moreSeconds;
  const endsAt = performance.now() + seconds * 1_000;
  return { seconds, left: () => Math.max(0, endsAt - performance.now()) / 1_000 };
}

export type FfmpegTools = {
  readonly programs: JobPrograms;
  readonly supervisor: RunTools['supervisor'];
  readonly scratch: Scratch;
  readonly limits: RunLimits;
  readonly time: TimeLimit;
  readonly log: AttemptLogger;
  /** Called with the CPU time of each ffmpeg when it has ended. */
  readonly usedCpu: (seconds: number) => void;
  readonly signal: AbortSignal;
};

export type FfmpegRun = {
  readonly args: readonly string[];
  /** The files that it reads, from the scratch folder. */
  readonly reads: readonly string[];
  readonly onLog?: (line: string) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** Called with the process once it runs. Disposed of when it has ended. */
  readonly watch?: (process: FfmpegProcess) => Disposable;
};

/**
 * Runs an ffmpeg from the scratch folder, where it reads the named files and reads and writes `outputs`. Throws the
 * signal's reason, and LIMIT_EXCEEDED when no time is left. No process is left when it settles.
 */
export async function runFfmpeg(
  { args: wanted, reads, onLog, onProgress, watch }: FfmpegRun,
  { programs, supervisor, scratch, limits, time, log, usedCpu, signal }: FfmpegTools,
): Promise<{ readonly outcome: FfmpegOutcome; readonly progress: Progress }> {
  signal.throwIfAborted();
  const secondsLeft = time.left();
  if (secondsLeft === 0) throw overLimit('wall_seconds', time.seconds, time.seconds);
  const args = await withGraphFile(wanted, { version: programs.ffmpeg.capabilities.version, scratch });
  log.command('ffmpeg', args);
  const process = supervisor.start(
    {
      ...{ program: programs.ffmpeg, args, input: 'none', workingDirectory: scratch.path },
      files: { reads, writes: 'outputs' },
      limits: {
        memoryBytes: limits.memoryBytes,
        cpuSeconds: Math.max(1, secondsLeft * availableParallelism()),
        wallMs: secondsLeft * 1_000,
        stall: { afterMs: limits.stallMs, from: 'spawn' },
      },
      onLog(line) {
        onLog?.(line);
        log.line(line);
      },
      ...(onProgress === undefined ? {} : { onProgress }),
    },
    'SIGTERM',
  );
  process.yieldProcessor(limits.niceness);
  process.output.resume();
  // SIGTERM takes an encoder seconds.
  using _ = addAbortListener(signal, () => void process.kill());
  using _watch = watch?.(process);
  const outcome = await process.outcome;
  usedCpu(process.cpuSeconds());
  signal.throwIfAborted();
  return { outcome, progress: process.progress() };
}

import type { StdioOptions } from 'node:child_process';
import type { Socket } from 'node:net';
import { type Child, exitOf, lowerPriority, readToEnd, spawnChild, streamOf } from './child.ts';
import { createCommandChannel, type FilterCommand } from './commands.ts';
import { confine, type RunFiles, type Starter } from './confinement.ts';
import { readLines } from './lines.ts';
import { createLogTail } from './log-tail.ts';
import { type FfmpegOutcome, outcomeOf, type StopCause } from './outcome.ts';
import { applyProgressLine, NO_PROGRESS, type Progress } from './progress.ts';
import type { Standby } from './standby.ts';
import { bytesReadBy, cpuSecondsOf } from './usage.ts';
import { startWatchdog } from './watchdog.ts';

/** The work of one ffmpeg. Output may also go to files: `output` of the process then ends without data. */
export type FfmpegCommand = {
  readonly program: Program;
  /** Arguments after the supervisor's own: inputs, filters, outputs. `pipe:1` is the output, `pipe:3` the input. */
  readonly args: readonly string[];
  /** Descriptor 3 of the process: a pipe to write to, or an open file. */
  readonly input: Descriptor | 'none';
  /** Descriptors 5, 6, … */
  readonly extra?: readonly Descriptor[];
  readonly workingDirectory?: string;
  /** What it may read and write; when absent, it may write in its whole working folder. */
  readonly files?: RunFiles;
  /** Override the default limits. */
  readonly limits?: Partial<FfmpegLimits>;
  /** Called with each raw log line, which is not redacted. */
  readonly onLog?: (line: string) => void;
  readonly onProgress?: (progress: Progress) => void;
};

/** An ffmpeg and how to start it. */
export type Program = { readonly path: string; readonly starter: Starter };

/** A pipe to this process, readable and writable, or an open file. */
export type Descriptor = 'pipe' | { readonly fd: number };

export type StallPolicy = {
  /** Milliseconds without input, output, progress or CPU use after which the process counts as stalled. */
  readonly afterMs: number;
  /** When counting starts: at the start, or at the first output if ffmpeg may have to wait long for its input. */
  readonly from: 'spawn' | 'first_progress';
};

export type FfmpegLimits = {
  readonly memoryBytes: number;
  /** Most CPU time of the process, seconds; absent for no limit. A little above it, the kernel ends it, too. */
  readonly cpuSeconds?: number;
  readonly stall: StallPolicy;
  /** Longest run time of the process, ms; absent for no limit. */
  readonly wallMs?: number;
};

export type StopPolicy = {
  /** `q` on standard input ends cleanly, with a complete file. A `pipe:` input makes ffmpeg ignore standard input. */
  readonly by: 'q' | 'SIGTERM';
  /** Milliseconds until SIGKILL. */
  readonly graceMs: number;
};

export type FfmpegOptions = {
  readonly limits: FfmpegLimits;
  readonly stop: StopPolicy;
  /** A launcher that waits for a command; absent when each ffmpeg has a process of its own from the start. */
  readonly standby?: Pick<Standby, 'start'>;
};

/** A running ffmpeg. Its outcome never rejects. */
export type FfmpegProcess = {
  readonly pid: number;
  readonly input: Socket | null;
  readonly output: Socket;
  /** The extra descriptors in order; null for an open file. */
  readonly extra: readonly (Socket | null)[];
  readonly outcome: Promise<FfmpegOutcome>;
  progress(): Progress;
  /** Returns the CPU time at the last measurement, seconds: every few seconds, before a stop, and at the end. */
  cpuSeconds(): number;
  /** Changes a filter of the running graph. Needs standard input (`stop.by` is `q`) and no plain pipe as input. */
  command(command: FilterCommand): Promise<void>;
  /**
   * Lowers the priority, so that many encoders do not starve the host and processes that are starting. `niceness` is
   * that of the process relative to the host: 1 to 19, higher for work that can wait.
   */
  yieldProcessor(niceness: number): void;
  /** Asks the process to end, kills it after the grace period, and returns the outcome. */
  stop(): Promise<FfmpegOutcome>;
  /** Kills the process immediately and returns the outcome. */
  kill(): Promise<FfmpegOutcome>;
};

const SUPERVISED = ['-hide_banner', '-nostats', '-loglevel', 'info', '-progress', 'pipe:4', '-stats_period', '0.5'];

/** How much later than the supervisor the kernel limits CPU time, seconds. Its limit gives no reason. */
const KERNEL_MARGIN_SECONDS = 10;

/** Longest wait for the rest of the log and progress after the process has exited, ms. */
const LAST_WORDS_MS = 1_000;

/**
 * Starts a supervised ffmpeg. Its descriptors: 0 commands in, 1 media out, 2 log out, 3 media in, 4 progress out. Call
 * it from the main thread: the process is killed when the thread that started it ends.
 */
export function startFfmpeg(command: FfmpegCommand, options: FfmpegOptions): FfmpegProcess {
  const { stop } = options;
  const limits = { ...options.limits, ...command.limits };
  const child = spawnConfined(command, { ...options, limits });
  const output = streamOf(child, 1);
  const input = command.input === 'pipe' ? streamOf(child, 3) : null;
  const extra = (command.extra ?? []).map((kind, index) => (kind === 'pipe' ? streamOf(child, 5 + index) : null));
  const read = [output, ...extra.filter((stream) => stream !== null)];
  const [logPipe, progressPipe] = [streamOf(child, 2), streamOf(child, 4)];
  const log = createLogTail();
  const commands = createCommandChannel((text) => child.stdin?.write(text));
  let progress = NO_PROGRESS;
  let cause: StopCause | undefined;
  let exited = false;
  let cpuSeconds = 0;
  const timers: NodeJS.Timeout[] = [];

  const given = (): number =>
    read.reduce((bytes, stream) => bytes + stream.bytesRead, progress.totalBytes + progress.outTimeSeconds);
  const awaitsInput = (): boolean => limits.stall.from === 'first_progress' && given() === 0;
  const stopWatchdog = startWatchdog({
    stallMs: limits.stall.afterMs,
    activity: () => given() + (input?.bytesWritten ?? 0) + bytesReadBy(child.pid),
    cpuSeconds: measureCpu,
    cpuLimitSeconds: limits.cpuSeconds,
    isHeldBack: () => awaitsInput() || read.some((stream) => stream.readableLength > 0),
    onStall: () => void endFor({ kind: 'stalled', limitSeconds: limits.stall.afterMs / 1000 }),
    onOverrun: () => void endFor({ kind: 'out_of_cpu', limitSeconds: limits.cpuSeconds ?? 0 }),
  });
  if (limits.wallMs !== undefined) {
    const timedOut: StopCause = { kind: 'timed_out', limitSeconds: limits.wallMs / 1000 };
    timers.push(setTimeout(() => void endFor(timedOut), limits.wallMs));
  }

  child.stdin?.on('error', () => undefined);
  readLines(logPipe, (line) => {
    log.add(line);
    commands.read(line);
    command.onLog?.(line);
  });
  readLines(progressPipe, (line) => {
    progress = applyProgressLine(progress, line);
    if (progress.ended) measureCpu();
    if (line.startsWith('progress=')) command.onProgress?.(progress);
  });

  const outcome = exitOf(child).then(async ({ exitCode, signal }) => {
    exited = true;
    commands.close(exitCode === 0 ? 'completed' : 'failed');
    stopWatchdog();
    timers.forEach(clearTimeout);
    await readToEnd([logPipe, progressPipe], LAST_WORDS_MS);
    return outcomeOf({ exitCode, signal, cause, log: log.lines() });
  });

  function measureCpu(): number {
    cpuSeconds = Math.max(cpuSeconds, cpuSecondsOf([child.pid]));
    return cpuSeconds;
  }

  function endFor(reason: StopCause): Promise<FfmpegOutcome> {
    if (exited || cause !== undefined) return outcome;
    cause = reason;
    measureCpu();
    if (stop.by === 'q' && child.stdin?.writable) child.stdin.write('q');
    else child.kill('SIGTERM');
    timers.push(setTimeout(() => child.kill('SIGKILL'), stop.graceMs));
    return outcome;
  }

  return {
    pid: child.pid,
    input,
    output,
    extra,
    outcome,
    progress: () => progress,
    cpuSeconds: () => cpuSeconds,
    command: commands.send,
    yieldProcessor: (niceness) => lowerPriority(child.pid, niceness),
    stop: () => endFor({ kind: 'stopped' }),
    kill() {
      cause ??= { kind: 'stopped' };
      if (!exited) {
        measureCpu();
        child.kill('SIGKILL');
      }
      return outcome;
    },
  };
}

function spawnConfined(command: FfmpegCommand, { limits, stop, standby }: FfmpegOptions): Child {
  const { path, starter } = command.program;
  const confined = confine(
    { file: path, args: [...SUPERVISED, ...command.args] },
    {
      ...{ ownerPid: process.pid, memoryBytes: limits.memoryBytes, starter },
      cpuSeconds: limits.cpuSeconds === undefined ? undefined : limits.cpuSeconds + KERNEL_MARGIN_SECONDS,
      opensInput: typeof command.input === 'object',
      files: command.files ?? { writes: command.workingDirectory },
    },
  );
  const { input, extra = [] } = command;
  if (starter.kind === 'launcher' && input === 'pipe' && extra.length === 0 && command.workingDirectory === undefined) {
    const child = standby?.start(confined);
    if (child !== undefined) {
      if (stop.by === 'SIGTERM') child.stdin?.end();
      return child;
    }
  }
  const stdioOf = (descriptor: Descriptor) => (descriptor === 'pipe' ? 'pipe' : descriptor.fd);
  const commands = stop.by === 'q' ? 'pipe' : 'ignore';
  const stdio = [commands, 'pipe', 'pipe', input === 'none' ? 'ignore' : stdioOf(input), 'pipe', ...extra.map(stdioOf)];
  return spawnChild(confined, stdio as StdioOptions, command.workingDirectory);
}

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { setPriority } from 'node:os';
import { AppError } from '#lib/errors.ts';
import { createCommandChannel, type FilterCommand } from './commands.ts';
import { confine } from './confinement.ts';
import { readLines } from './lines.ts';
import { createLogTail } from './log-tail.ts';
import { type Ending, type FfmpegOutcome, outcomeOf } from './outcome.ts';
import { applyProgressLine, NO_PROGRESS, type Progress } from './progress.ts';
import { startWatchdog } from './watchdog.ts';

/** What one ffmpeg is to do. Output may also be files: then `output` of the process just ends. */
export type FfmpegCommand = {
  readonly binary: string;
  /** Everything behind the supervisor's own options: inputs, filters, outputs. `pipe:1` is the output, 3 the input. */
  readonly args: readonly string[];
  /** Descriptor 3 of the process: a pipe to be written to, or an open file. */
  readonly input: 'pipe' | { readonly fd: number } | 'none';
  readonly workingDirectory?: string;
  /** Called with each raw (not redacted) log line. */
  readonly onLog?: (line: string) => void;
  readonly onProgress?: (progress: Progress) => void;
};

export type FfmpegLimits = {
  readonly memoryBytes: number;
  /** Milliseconds without input taken, output given or progress made. */
  readonly stallMs: number;
  /** Milliseconds the whole process may take; absent for none. */
  readonly wallMs?: number;
};

export type StopPolicy = {
  /** `q` on standard input ends cleanly, with a complete file; a `pipe:` input switches standard input off. */
  readonly by: 'q' | 'SIGTERM';
  /** Milliseconds until SIGKILL. */
  readonly graceMs: number;
};

export type FfmpegOptions = {
  readonly limits: FfmpegLimits;
  readonly stop: StopPolicy;
  readonly setpriv: string | undefined;
};

/** A running ffmpeg. Its outcome never rejects. */
export type FfmpegProcess = {
  readonly pid: number;
  readonly input: Socket | null;
  readonly output: Socket;
  readonly outcome: Promise<FfmpegOutcome>;
  progress(): Progress;
  /** Changes a filter of the running graph; needs standard input (`stop.by` is `q`) and an input that is no plain pipe. */
  command(command: FilterCommand): Promise<void>;
  /** Lets the host and processes that are still starting go first: many encoders must not starve them. */
  yieldProcessor(): void;
  /** Asks the process to end, kills it after the grace, and tells the outcome. */
  stop(): Promise<FfmpegOutcome>;
  /** Ends the process at once. */
  kill(): Promise<FfmpegOutcome>;
};

const SUPERVISED = ['-hide_banner', '-nostats', '-loglevel', 'info', '-progress', 'pipe:4', '-stats_period', '0.5'];

/** How long the log and progress of a process that has exited are waited for, ms. */
const LAST_WORDS_MS = 1_000;

/**
 * Starts an ffmpeg under supervision: standard input takes commands, 1 gives media, 2 the log, 3 takes media and 4
 * gives progress. To be called from the main thread: the process is tied to the life of the thread that starts it.
 */
export function startFfmpeg(command: FfmpegCommand, { limits, stop, setpriv }: FfmpegOptions): FfmpegProcess {
  const child = spawnConfined(command, { limits, stop, setpriv });
  const output = streamOf(child, 1);
  const input = command.input === 'pipe' ? streamOf(child, 3) : null;
  const log = createLogTail();
  const commands = createCommandChannel((text) => child.stdin?.write(text));
  let progress = NO_PROGRESS;
  let ending: Ending | undefined;
  let exited = false;
  const timers: NodeJS.Timeout[] = [];

  const stopWatchdog = startWatchdog({
    stallMs: limits.stallMs,
    activity: () => output.bytesRead + (input?.bytesWritten ?? 0) + progress.totalBytes + progress.outTimeSeconds,
    isHeldBack: () => output.readableLength > 0,
    onStall: () => void end({ kind: 'stalled', limitSeconds: limits.stallMs / 1000 }),
  });
  if (limits.wallMs !== undefined) {
    const { wallMs } = limits;
    timers.push(setTimeout(() => void end({ kind: 'timed_out', limitSeconds: wallMs / 1000 }), wallMs));
  }

  input?.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  readLines(streamOf(child, 2), (line) => {
    log.add(line);
    commands.read(line);
    command.onLog?.(line);
  });
  readLines(streamOf(child, 4), (line) => {
    progress = applyProgressLine(progress, line);
    if (line.startsWith('progress=')) command.onProgress?.(progress);
  });

  const outcome = exitOf(child).then(async ({ exitCode, signal }) => {
    exited = true;
    commands.close(exitCode === 0 ? 'completed' : 'failed');
    stopWatchdog();
    timers.forEach(clearTimeout);
    await lastWords(child);
    return outcomeOf({ exitCode, signal, ending, log: log.lines() });
  });

  function end(why: Ending): Promise<FfmpegOutcome> {
    if (exited || ending !== undefined) return outcome;
    ending = why;
    if (stop.by === 'q' && child.stdin?.writable) child.stdin.write('q');
    else child.kill('SIGTERM');
    timers.push(setTimeout(() => child.kill('SIGKILL'), stop.graceMs));
    return outcome;
  }

  return {
    pid: child.pid,
    input,
    output,
    outcome,
    progress: () => progress,
    command: commands.send,
    yieldProcessor: () => lowerPriority(child.pid),
    stop: () => end({ kind: 'stopped' }),
    kill() {
      ending ??= { kind: 'stopped' };
      if (!exited) child.kill('SIGKILL');
      return outcome;
    },
  };
}

function spawnConfined(command: FfmpegCommand, { limits, stop, setpriv }: FfmpegOptions): Child {
  const { file, args } = confine(
    { file: command.binary, args: [...SUPERVISED, ...command.args] },
    { ownerPid: process.pid, memoryBytes: limits.memoryBytes, setpriv },
  );
  const descriptor3 = typeof command.input === 'string' ? DESCRIPTOR_3[command.input] : command.input.fd;
  const child = spawn(file, args, {
    stdio: [stop.by === 'q' ? 'pipe' : 'ignore', 'pipe', 'pipe', descriptor3, 'pipe'],
    // Nothing of the host's environment is ffmpeg's business; C keeps its messages as the parsers know them.
    env: { LC_ALL: 'C' },
    ...(command.workingDirectory === undefined ? {} : { cwd: command.workingDirectory }),
  });
  // Also emitted later, when a signal could not be sent; the exit tells all there is to know then.
  child.on('error', () => undefined);
  if (child.pid === undefined) {
    throw new AppError('UNAVAILABLE', { part: 'ffmpeg' }, { message: 'the machine cannot start another process' });
  }
  return child as Child;
}

/** Above the host's 0: a lower priority. */
const ENCODER_NICENESS = 5;

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, ENCODER_NICENESS);
  } catch {
    // It has ended, or a sandbox forbids it.
    return;
  }
}

/** A process that has been started: it has an id. */
type Child = ChildProcess & { readonly pid: number };

const DESCRIPTOR_3 = { pipe: 'pipe', none: 'ignore' } as const;

function streamOf(child: ChildProcess, descriptor: number): Socket {
  return child.stdio[descriptor] as Socket;
}

type ChildExit = { exitCode: number | null; signal: NodeJS.Signals | null };

function exitOf(child: ChildProcess): Promise<ChildExit> {
  const { promise, resolve } = Promise.withResolvers<ChildExit>();
  child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  return promise;
}

/** Waits until log and progress have been read to their ends. */
function lastWords(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LAST_WORDS_MS);
  const open = [streamOf(child, 2), streamOf(child, 4)].filter((stream) => !stream.closed);
  let left = open.length;
  for (const stream of open) stream.once('close', () => --left === 0 && resolve());
  if (left === 0) resolve();
  return promise.finally(() => clearTimeout(timer));
}

import { addAbortListener } from 'node:events';
import { AppError } from '#lib/errors.ts';
import { exitOf, lowerPriority, readToEnd, spawnChild, streamOf } from './child.ts';
import { confine, type RunFiles } from './confinement.ts';
import { failureOf } from './failure.ts';
import { readLines } from './lines.ts';
import { createLogTail } from './log-tail.ts';
import { outcomeOf, type StopCause } from './outcome.ts';
import type { Program } from './process.ts';

export type ProgramRun = {
  readonly program: Program;
  readonly args: readonly string[];
  readonly workingDirectory: string;
  readonly files: RunFiles;
  readonly limits: ProgramLimits;
  /** Niceness relative to this process; 0 when absent. */
  readonly niceness?: number;
  /** Called with each line of standard output, which is then not returned. */
  readonly onLine?: (line: string) => void;
  readonly signal: AbortSignal;
};

export type ProgramLimits = {
  readonly memoryBytes: number;
  /** Most CPU time, seconds. */
  readonly cpuSeconds: number;
  readonly wallMs: number;
  /** Most bytes of standard output. */
  readonly outputBytes: number;
};

/** Longest wait for the rest of the output after the process has exited, ms. */
const LAST_WORDS_MS = 1_000;

/**
 * Runs a program of an ffmpeg build, such as ffprobe, and returns what it prints. It is confined as ffmpeg is, and
 * killed over its limits. Throws the error of its outcome, FFMPEG_ERROR `{reason: 'output_bytes'}` when it prints too
 * much, and the signal's reason.
 */
export async function runProgram({
  program,
  args,
  limits,
  signal,
  onLine,
  niceness = 0,
  ...run
}: ProgramRun): Promise<Buffer> {
  signal.throwIfAborted();
  const { memoryBytes, cpuSeconds, wallMs, outputBytes } = limits;
  const { path, starter } = program;
  const command = confine(
    { file: path, args },
    { ownerPid: process.pid, memoryBytes, cpuSeconds, starter, files: run.files },
  );
  const child = spawnChild(command, ['ignore', 'pipe', 'pipe'], run.workingDirectory);
  if (niceness > 0) lowerPriority(child.pid, niceness);
  const exited = exitOf(child);
  const kill = (): void => void child.kill('SIGKILL');
  let cause: StopCause | undefined;
  const timer = setTimeout(() => {
    cause = { kind: 'timed_out', limitSeconds: wallMs / 1000 };
    kill();
  }, wallMs);
  using _ = addAbortListener(signal, kill);

  const [output, errors] = [streamOf(child, 1), streamOf(child, 2)];
  const log = createLogTail();
  readLines(errors, log.add);
  const chunks: Buffer[] = [];
  const take = onLine === undefined ? (chunk: Buffer) => void chunks.push(chunk) : lineSplitter(onLine);
  let bytes = 0;
  output.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > outputBytes) kill();
    else take(chunk);
  });

  const status = await exited;
  clearTimeout(timer);
  await readToEnd([output, errors], LAST_WORDS_MS);
  for (const stream of [output, errors]) stream.destroy();
  signal.throwIfAborted();
  if (bytes > outputBytes) throw tooMuchOutput(outputBytes);
  const failure = failureOf(outcomeOf({ ...status, cause, log: log.lines() }));
  if (failure !== undefined) throw failure;
  return Buffer.concat(chunks);
}

/** Unlike `readLines`, drops no line. A last one without an end is not complete. */
function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let pending = '';
  return (chunk) => {
    const lines = (pending + chunk.toString('latin1')).split('\n');
    pending = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) onLine(line);
  };
}

const LONGEST_LINE = 65_536;

function tooMuchOutput(limit: number): AppError {
  const details = { reason: 'output_bytes', limit_bytes: limit };
  return new AppError('FFMPEG_ERROR', details, { message: `the program printed more than ${limit} bytes` });
}

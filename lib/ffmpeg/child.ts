import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setPriority } from 'node:os';
import { AppError } from '#lib/errors.ts';
import type { Command } from './confinement.ts';

/** A process that has started and has an id. */
export type Child = ChildProcess & { readonly pid: number };

export type ExitStatus = { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null };

/** Starts a program without the host's environment. Throws UNAVAILABLE when the machine cannot start a process. */
export function spawnChild({ file, args }: Command, stdio: StdioOptions, workingDirectory?: string): Child {
  const child = spawn(file, args, {
    stdio,
    // ffmpeg needs nothing from the host's environment. The C locale keeps its messages as the parsers expect them.
    env: { LC_ALL: 'C' },
    ...(workingDirectory === undefined ? {} : { cwd: workingDirectory }),
  });
  // Also emitted later, when a signal could not be sent. The exit status then decides.
  child.on('error', () => undefined);
  if (child.pid === undefined) {
    throw new AppError('UNAVAILABLE', { part: 'ffmpeg' }, { message: 'the machine cannot start another process' });
  }
  return child as Child;
}

/** Returns the stream of a piped descriptor. Ignores its errors: a broken pipe means that the process has ended. */
export function streamOf(child: Child, descriptor: number): Socket {
  const stream = child.stdio[descriptor] as Socket;
  return stream.on('error', () => undefined);
}

export function exitOf(child: Child): Promise<ExitStatus> {
  const { promise, resolve } = Promise.withResolvers<ExitStatus>();
  child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  return promise;
}

/** Resolves when all streams have been read to their end, or after `withinMs` milliseconds. */
export async function readToEnd(streams: readonly Socket[], withinMs: number): Promise<void> {
  const open = streams.filter((stream) => !stream.closed);
  const signal = AbortSignal.timeout(withinMs);
  await Promise.allSettled(open.map((stream) => once(stream, 'close', { signal })));
}

/** Sets the niceness of a process: 0 to 19, where higher means a lower priority. */
export function lowerPriority(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // The process has exited, or a sandbox forbids it.
  }
}

import { readFileSync } from 'node:fs';

/** Memory of a set of processes, bytes. Pages that several processes map (libraries) are counted once. */
export type MemoryUsage = { readonly privateBytes: number; readonly sharedBytes: number };

/** Page size and clock ticks of Linux on the supported platforms (x86-64, arm64 with 4 KiB pages). */
const PAGE_BYTES = 4_096;
const TICKS_PER_SECOND = 100;

/** Sums `/proc/PID/statm` (proc(5)): resident minus shared pages, plus the largest number of shared pages once. */
export function memoryOf(pids: readonly number[]): MemoryUsage {
  let privateBytes = 0;
  let sharedBytes = 0;
  for (const pid of pids) {
    const [, resident = 0, shared = 0] = readText(`/proc/${pid}/statm`).split(' ').map(Number);
    privateBytes += (resident - shared) * PAGE_BYTES;
    sharedBytes = Math.max(sharedBytes, shared * PAGE_BYTES);
  }
  return { privateBytes, sharedBytes };
}

/** Returns the CPU seconds, user and system, of running processes (`/proc/PID/stat`, fields 14 and 15). */
export function cpuSecondsOf(pids: readonly number[]): number {
  return sum(pids.map((pid) => sum(statFields(pid).slice(0, 2)) / TICKS_PER_SECOND));
}

/** Returns the bytes a process has read from files and pipes, not from sockets it opened (`/proc/PID/io`, rchar). */
export function bytesReadBy(pid: number): number {
  return Number(/^rchar: (\d+)/.exec(readText(`/proc/${pid}/io`))?.[1] ?? 0);
}

/** Returns the CPU seconds of all children of this process that have exited (fields 16 and 17). */
export function endedChildrenCpuSeconds(): number {
  return sum(statFields('self').slice(2, 4)) / TICKS_PER_SECOND;
}

/** Returns utime, stime, cutime, cstime: the 12th to 15th field after the command name, which may contain spaces. */
function statFields(pid: number | 'self'): number[] {
  const text = readText(`/proc/${pid}/stat`);
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
}

/** Returns the text of a file; empty when the process has exited or there is no `/proc`. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

import { readFileSync } from 'node:fs';

/** Memory of a set of processes, bytes. Pages that several map (libraries) are counted once. */
export type MemoryUsage = { readonly privateBytes: number; readonly sharedBytes: number };

/** Linux's page size and clock ticks on the platforms we run on (x86-64, arm64 with 4 KiB pages). */
const PAGE_BYTES = 4_096;
const TICKS_PER_SECOND = 100;

/** Sums `/proc/PID/statm` (proc(5)): resident less shared pages, and the largest share once. */
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

/** Processor seconds, user and system, of processes that run (`/proc/PID/stat`, fields 14 and 15). */
export function cpuSecondsOf(pids: readonly number[]): number {
  return sum(pids.map((pid) => sum(statFields(pid).slice(0, 2)) / TICKS_PER_SECOND));
}

/** Bytes that a process has read so far, from files and pipes, not from sockets it opened (`/proc/PID/io`, rchar). */
export function bytesReadBy(pid: number): number {
  return Number(/^rchar: (\d+)/.exec(readText(`/proc/${pid}/io`))?.[1] ?? 0);
}

/** Processor seconds of all children of this process that have ended (fields 16 and 17). */
export function endedChildrenCpuSeconds(): number {
  return sum(statFields('self').slice(2, 4)) / TICKS_PER_SECOND;
}

/** utime, stime, cutime, cstime: the 12th to 15th after the command's name, which may hold spaces. */
function statFields(pid: number | 'self'): number[] {
  const text = readText(`/proc/${pid}/stat`);
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
}

/** Empty for a process that has ended meanwhile, and where there is no `/proc`. */
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

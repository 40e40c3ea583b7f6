import { readFileSync } from 'node:fs';
import { descendantsOf } from './memory.ts';

/** Linux's clock ticks. */
const TICKS_PER_SECOND = 100;

/**
 * Processor seconds, user and system, of a process, all that it has started, and those of them that have ended and been
 * waited for (`/proc/PID/stat`, fields 14 to 17). Only differences mean anything.
 */
export function treeCpuSeconds(pid: number): number {
  return [pid, ...descendantsOf(pid)].reduce((sum, each) => sum + ownCpuSeconds(each, 4), 0);
}

/** Of the process alone. */
export function processCpuSeconds(pid: number): number {
  return ownCpuSeconds(pid, 2);
}

/** Sums the first so many of utime, stime, cutime, cstime: the 12th to 15th behind the command's name, which may hold spaces. */
function ownCpuSeconds(pid: number, fields: number): number {
  const text = readText(`/proc/${pid}/stat`);
  return (
    text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 11 + fields)
      .reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
  );
}

/** Empty for a process that has ended meanwhile: what it took is its parent's by then. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

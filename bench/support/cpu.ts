import { readFileSync } from 'node:fs';
import { descendantsOf } from './memory.ts';

/** Linux's clock ticks. */
const TICKS_PER_SECOND = 100;

/**
 * Returns the user and system time of a process and its descendants, in seconds, including those that have exited and
 * been waited for (`/proc/PID/stat`, fields 14 to 17). Only differences are meaningful.
 */
export function treeCpuSeconds(pid: number): number {
  return [pid, ...descendantsOf(pid)].reduce((sum, each) => sum + ownCpuSeconds(each, 4), 0);
}

/** Returns the time of the process alone. */
export function processCpuSeconds(pid: number): number {
  return ownCpuSeconds(pid, 2);
}

/** Sums the first `fields` of utime, stime, cutime, cstime, which follow the command's name (it may have spaces). */
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

/** Returns an empty text for a process that has exited: its time then counts for its parent. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

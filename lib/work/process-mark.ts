import { readFileSync } from 'node:fs';

/** What a name must contain to be the mark of a process, as the source of a regular expression. */
export const PROCESS_MARK = String.raw`[1-9]\d*\.\d+`;

const WHOLE = new RegExp(`^${PROCESS_MARK}$`);

/**
 * Names this process on this machine, for the name of a file: its id and its start, since a later process may have the
 * same id.
 */
export function processMark(): string {
  return `${process.pid}.${startOf(process.pid)}`;
}

/** Returns whether the process with this mark still runs on this machine. One in another container is not found. */
export function isRunning(mark: string): boolean {
  if (!WHOLE.test(mark)) return false;
  const [pid, start] = mark.split('.');
  return exists(Number(pid)) && startOf(Number(pid)) === start;
}

/** Returns the start of a process in clock ticks since boot (proc(5), `/proc/PID/stat`, field 22); 0 without `/proc`. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name of the command, which may contain spaces and parentheses.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { readdirSync, readFileSync } from 'node:fs';

/** Returns the proportional set size of a process in bytes: its private memory and its share of shared memory. */
export function pssOf(pid: number): number {
  const [, kibibytes] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')) ?? [];
  return Number(kibibytes ?? Number.NaN) * 1_024;
}

/** Returns the sum over several processes in MB (10⁶ bytes). */
export function pssMegabytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + pssOf(pid), 0) / 1e6;
}

/** Returns the descendants of a process; none if it has exited. */
export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Returns whether a process is the launcher that waits for the next ffmpeg. */
export function isLauncher(pid: number): boolean {
  return readFileSync(`/proc/${pid}/comm`, 'latin1').trim() === 'ffmpeg-launcher';
}

/** Returns the children of all its threads, because each thread lists only its own. */
function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

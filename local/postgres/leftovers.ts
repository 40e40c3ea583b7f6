import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Time for a server to write its data, and for orphaned backends to notice that they are alone and exit. */
const GRACE_MS = 3_000;
const KILL_MS = 5_000;
const POLL_MS = 20;

/**
 * Ends processes that an earlier server in this data folder has left: a server whose owner died, or the backends of
 * a server that was killed. A new server refuses to start while they run. Without /proc, only the server's own check
 * applies.
 */
export async function endLeftovers(folder: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const path = await realpath(folder).catch(() => undefined);
  if (path === undefined) return;
  const lockFile = join(path, 'postmaster.pid');
  const server = Number.parseInt(await readFile(lockFile, 'utf8').catch(() => ''), 10);
  const found = await processesIn(path);
  // To the server only: the signal has other meanings for its other processes.
  if (found.includes(server)) signal(server, 'SIGINT');
  if (!(await goneWithin(GRACE_MS, path))) {
    for (const pid of await processesIn(path)) signal(pid, 'SIGKILL');
    if (!(await goneWithin(KILL_MS, path))) throw new Error(`an earlier PostgreSQL in ${folder} cannot be stopped`);
  }
  // The process id in the lock file may belong to another process now, for example after a reboot.
  if (server > 0 && !found.includes(server) && signal(server, 0)) await rm(lockFile, { force: true });
}

/** PostgreSQL's processes work in their data folder. */
async function processesIn(path: string): Promise<number[]> {
  const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const folders = await Promise.all(entries.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined)));
  return entries.filter((_, index) => folders[index] === path).map(Number);
}

async function goneWithin(ms: number, path: string): Promise<boolean> {
  const deadline = performance.now() + ms;
  while ((await processesIn(path)).length > 0) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Returns whether the process exists. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A server writes its data and ends; backends on their own notice that they are, unless they are busy or frozen. */
const GRACE_MS = 3_000;
const KILL_MS = 5_000;
const POLL_MS = 20;

/**
 * Ends what an earlier server in this data folder has left: a server whose owner died without it, or the backends of
 * one that was killed, which a new server refuses to start beside. Where there is no /proc, the server's own check
 * stands alone.
 */
export async function endLeftovers(folder: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const path = await realpath(folder).catch(() => undefined);
  if (path === undefined) return;
  const lockFile = join(path, 'postmaster.pid');
  const server = Number.parseInt(await readFile(lockFile, 'utf8').catch(() => ''), 10);
  const found = await processesIn(path);
  // To the server alone: to others of its processes the signal means other things.
  if (found.includes(server)) signal(server, 'SIGINT');
  if (!(await goneWithin(GRACE_MS, path))) {
    for (const pid of await processesIn(path)) signal(pid, 'SIGKILL');
    if (!(await goneWithin(KILL_MS, path))) throw new Error(`an earlier PostgreSQL in ${folder} cannot be ended`);
  }
  // The number in the lock file may be another's by now, after a restart of the machine for example.
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

/** Whether there was such a process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

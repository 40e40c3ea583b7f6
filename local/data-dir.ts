import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What holds the lock of a process that was killed ends a moment after it. */
const PATIENCE_SECONDS = '1';

/**
 * Makes the data folder and takes it for this process alone; returns how to give it back, which the end of the process
 * does as well. Throws an Error that names the folder and its holder when another process has it.
 *
 * The kernel locks the folder's file `lock`, whichever container a process looks at it from, and unlocks it with the
 * process that holds it: nothing is left by one that was killed. That process is a child here (Node cannot lock files),
 * which ends with this one. Where there is no `flock` (util-linux), PostgreSQL's own lock file has to do.
 */
export async function holdDataDir(dataDir: string): Promise<() => Promise<void>> {
  await mkdir(dataDir, { recursive: true });
  const path = await realpath(dataDir);
  const file = join(path, 'lock');
  // A session of its own: Ctrl-C in a terminal is not for it.
  const holder = spawn('flock', ['--timeout', PATIENCE_SECONDS, '--no-fork', file, 'sh', '-c', 'echo held; exec cat'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  holder.stdin.on('error', () => undefined);
  const ended = once(holder, 'exit').catch((error: NodeJS.ErrnoException) => error.code);
  const answer = await Promise.race([once(holder.stdout, 'data').then(() => 'held' as const), ended]);
  if (answer === 'ENOENT') return async () => undefined;
  if (answer !== 'held') throw new Error(inUse(path, await readFile(file, 'utf8').catch(() => '')));
  await writeFile(file, String(process.pid));
  holder.unref();
  for (const stream of [holder.stdin, holder.stdout]) (stream as unknown as { unref(): void }).unref();
  return async () => {
    holder.ref();
    holder.kill('SIGKILL');
    await ended;
  };
}

function inUse(path: string, holder: string): string {
  const process = /^\d+$/.test(holder) ? `process ${holder}` : 'another process';
  return `the data folder ${path} is in use by ${process}: stop that one, or give this one a DATA_DIR of its own`;
}

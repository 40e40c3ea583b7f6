import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { providePrivateFolder } from './private-files.ts';

/** The child that holds the lock exits a moment after its killed parent. */
const PATIENCE_SECONDS = '1';

/**
 * Creates the data folder and locks it for this process. Returns a function that releases it; the end of the process
 * releases it as well. Throws an Error that names the folder and its holder when another process holds it. With a
 * `part`, only processes of the same part exclude each other.
 *
 * The lock is a kernel lock on the file `lock`, or `lock-PART`, in the folder. It works across containers, and the kernel
 * releases it when the holder exits, even when killed. Node cannot lock files, so the holder is a child that exits with
 * this process. Without `flock` (util-linux), only PostgreSQL's own lock file protects the data.
 */
export async function holdDataDir(dataDir: string, part?: string): Promise<() => Promise<void>> {
  providePrivateFolder(dataDir);
  const path = await realpath(dataDir);
  const file = join(path, part === undefined ? 'lock' : `lock-${part}`);
  await writeFile(file, '', { flag: 'a', mode: 0o600 });
  await chmod(file, 0o600);
  // A session of its own, so that Ctrl-C in a terminal does not reach it.
  const holder = spawn('flock', ['--timeout', PATIENCE_SECONDS, '--no-fork', file, 'sh', '-c', 'echo held; exec cat'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  holder.stdin.on('error', () => undefined);
  const ended = once(holder, 'exit').catch((error: NodeJS.ErrnoException) => error.code);
  const answer = await Promise.race([once(holder.stdout, 'data').then(() => 'held' as const), ended]);
  if (answer === 'ENOENT') return async () => undefined;
  if (answer !== 'held') throw new Error(inUse({ path, part, holder: await readFile(file, 'utf8').catch(() => '') }));
  await writeFile(file, String(process.pid));
  holder.unref();
  for (const stream of [holder.stdin, holder.stdout]) (stream as unknown as { unref(): void }).unref();
  return async () => {
    holder.ref();
    holder.kill('SIGKILL');
    await ended;
  };
}

type Use = { readonly path: string; readonly part: string | undefined; readonly holder: string };

function inUse({ path, part, holder }: Use): string {
  const process = /^\d+$/.test(holder) ? `process ${holder}` : 'another process';
  const use = part === undefined ? `is in use by ${process}` : `has a ${part} already: ${process}`;
  return `the data folder ${path} ${use}: stop that process, or set another DATA_DIR`;
}

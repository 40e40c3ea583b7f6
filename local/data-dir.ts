import { once } from 'node:events';
import { mkdir, realpath, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';

/** Answers of a holder that is frozen are not waited for, ms. */
const ANSWER_TIMEOUT_MS = 1_000;
/** A holder may go while it is asked who it is. */
const ATTEMPTS = 10;

/**
 * Makes the data folder and takes it for this process alone; returns how to give it back, which the end of the process
 * does as well. Throws an Error that names the folder and its holder when another process has it.
 *
 * The kernel lets one process at a time listen on a name, and forgets the name with the process: nothing is left by one
 * that was killed. Other systems than Linux have no such names; there PostgreSQL's own lock file has to do.
 */
export async function holdDataDir(dataDir: string): Promise<() => void> {
  await mkdir(dataDir, { recursive: true });
  if (process.platform !== 'linux') return () => undefined;
  const path = await realpath(dataDir);
  // The folder itself, whatever path it is reached by.
  const { dev, ino } = await stat(path, { bigint: true });
  const name = `\0ffmpeg-functions data ${dev}:${ino}`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const server = await listen(name);
    if (server !== undefined) return () => void server.close();
    const holder = await holderOf(name);
    if (holder !== undefined) throw new Error(inUse(path, holder));
  }
  throw new Error(inUse(path, ''));
}

function inUse(path: string, holder: string): string {
  const process = holder === '' ? 'another process' : `process ${holder}`;
  return `the data folder ${path} is in use by ${process}: stop that one, or give this one a DATA_DIR of its own`;
}

/** A server that tells who asks the number of this process; nothing when another has the name. */
async function listen(name: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.on('error', () => undefined).end(String(process.pid))).unref();
  try {
    await once(server.listen(name), 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return undefined;
  }
}

/** The number of the process that has the name, empty when it does not say; nothing when there is none any more. */
async function holderOf(name: string): Promise<string | undefined> {
  const socket = connect(name);
  socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.end().destroy());
  try {
    await once(socket, 'connect');
  } catch {
    return undefined;
  }
  return await text(socket).catch(() => '');
}

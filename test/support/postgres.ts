import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { endLeftovers } from '../../local/postgres/leftovers.ts';
import { type PostgresServer, startServer } from '../../local/postgres/server.ts';
import { childrenOf } from './leaks.ts';
import { copyCluster } from './postgres-template.ts';
import { scratchFolder } from './scratch-folder.ts';

/** A PostgreSQL server for one test. `await using` stops it, and so does the end of its test. */
export type Postgres = AsyncDisposable & {
  /** The same after restarts. */
  readonly url: string;
  /** The id of its main process. */
  pid(): number;
  /** Sends SIGKILL; resolves when its backends have exited. */
  kill(): Promise<void>;
  /** Stops all its processes from running until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Starts it again after `kill`, on the same port and data. */
  start(): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
};

/** Tests need no durability when the machine crashes. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off' };

/** Starts the embedded PostgreSQL on a free port, in a scratch folder. */
export async function startPostgres(test?: TestContext): Promise<Postgres> {
  const folder = scratchFolder();
  const data = folder.file('postgres');
  const path = process.env['PATH'] ?? '';
  await copyCluster(folder, path);
  const launch = (port: number) => startServer({ dataDir: folder.path, port, path, settings: SETTINGS });
  let server: PostgresServer | undefined = await launch(0);
  const { url, port } = server;

  async function kill(): Promise<void> {
    if (server === undefined) return;
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    await endLeftovers(data);
    server = undefined;
  }

  async function stop(): Promise<void> {
    if (server === undefined) removeSharedMemory(data);
    else signalAll(server.pid, 'SIGCONT');
    await server?.stop();
    server = undefined;
    folder[Symbol.dispose]();
  }

  const postgres: Postgres = {
    url,
    pid() {
      if (server === undefined) throw new Error('PostgreSQL does not run');
      return server.pid;
    },
    kill,
    freeze: () => signalAll(postgres.pid(), 'SIGSTOP'),
    thaw: () => signalAll(postgres.pid(), 'SIGCONT'),
    async start() {
      server ??= await launch(port);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
  test?.after(stop);
  return postgres;
}

/** Signals the main process first, so that it starts no further ones. */
function signalAll(pid: number, signal: NodeJS.Signals): void {
  process.kill(pid, signal);
  for (const child of childrenOf(pid)) {
    try {
      process.kill(child.pid, signal);
    } catch (error) {
      // The backend has ended in the meantime.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Removes the shared memory of a killed server, which normally its successor would do. */
function removeSharedMemory(data: string): void {
  const lockFile = `${data}/postmaster.pid`;
  if (!existsSync(lockFile)) return;
  // The seventh line contains key and id.
  const [, id] = /^ *\d+ +(\d+)/.exec(readFileSync(lockFile, 'utf8').split('\n')[6] ?? '') ?? [];
  if (id !== undefined) execFileSync('ipcrm', ['-m', id]);
}

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { endLeftovers } from '../../local/postgres/leftovers.ts';
import { type PostgresServer, startServer } from '../../local/postgres/server.ts';
import { childrenOf } from './leaks.ts';
import { copyCluster } from './postgres-template.ts';
import { scratchFolder } from './scratch-folder.ts';

/** A PostgreSQL of the test's own. `await using` stops it, and so does the end of the test it was started for. */
export type Postgres = AsyncDisposable & {
  /** Stays the same over restarts. */
  readonly url: string;
  /** Of its main process. */
  pid(): number;
  /** SIGKILL; resolves when its backends are gone too. */
  kill(): Promise<void>;
  /** It and all it has started answer nothing more, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Starts it again after `kill`: same port, same data. */
  start(): Promise<void>;
  /** Leaves nothing behind. */
  stop(): Promise<void>;
};

/** What is lost when the machine stops is lost. */
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

/** To the main process first: what it starts afterwards would be missed. */
function signalAll(pid: number, signal: NodeJS.Signals): void {
  process.kill(pid, signal);
  for (const child of childrenOf(pid)) {
    try {
      process.kill(child.pid, signal);
    } catch (error) {
      // A backend that has ended meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** A server that was killed could not remove its segment; the next one would, but there is none. */
function removeSharedMemory(data: string): void {
  const lockFile = `${data}/postmaster.pid`;
  if (!existsSync(lockFile)) return;
  // The seventh line: key and id.
  const [, id] = /^ *\d+ +(\d+)/.exec(readFileSync(lockFile, 'utf8').split('\n')[6] ?? '') ?? [];
  if (id !== undefined) execFileSync('ipcrm', ['-m', id]);
}

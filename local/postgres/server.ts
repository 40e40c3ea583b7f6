import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { providePrivateFolder } from '#lib/process/private-files.ts';
import { prepareCluster, SUPERUSER } from './cluster.ts';
import { freeStablePort } from './free-port.ts';
import { findInstallation } from './installation.ts';
import { type Launched, launch } from './launch.ts';
import { endLeftovers } from './leftovers.ts';
import { collectMessages, type Messages } from './messages.ts';
import { POSTGRES_SETTINGS } from './settings.ts';

export type ServerOptions = {
  /** Its folder `postgres` holds the data. */
  readonly dataDir: string;
  /** 0 selects a free one. */
  readonly port: number;
  /** The PATH to search for the system's own tools. */
  readonly path: string;
  /** PostgreSQL settings that override those of `settings.ts`. */
  readonly settings?: Readonly<Record<string, string>>;
};

export type PostgresServer = {
  /** `postgres://…`, with the password. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has exited. */
  readonly ended: Promise<EndedServer>;
  /** Shuts down: cancels queries, closes connections, writes the data. */
  stop(): Promise<EndedServer>;
};

export type EndedServer = {
  /** The exit code, or the signal that ended the process. */
  readonly status: number | NodeJS.Signals;
  readonly lastWords: string;
};

const READY = 'database system is ready to accept connections';
/** Longest wait for messages of backends after their server has exited, ms. */
const LAST_WORDS_MS = 500;
/** PostgreSQL's fast shutdown, its immediate shutdown, and a kill when neither works. */
const STOP_SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const;
const STOP_STEP_MS = 10_000;

/** Starts PostgreSQL, with a new database if there is none. It ends with this process. Throws if it does not start. */
export async function startServer({ dataDir, port, path, settings }: ServerOptions): Promise<PostgresServer> {
  providePrivateFolder(dataDir);
  const folder = resolve(dataDir, 'postgres');
  await endLeftovers(folder);
  const installation = await findInstallation(resolve(dataDir), path);
  const password = await prepareCluster(installation, folder);
  const usedPort = port === 0 ? await freeStablePort() : port;
  const child = launch(installation, {
    file: installation.postgres,
    args: ['-D', folder, '-p', String(usedPort), ...asArguments({ ...POSTGRES_SETTINGS, ...settings })],
    deathSignal: 'INT',
  });
  // For systems where the kernel does not do it.
  const endWithOwner = () => void child.kill('SIGINT');
  const forget = () => void process.off('exit', endWithOwner);
  process.once('exit', endWithOwner);
  const messages = collectMessages(child.stderr);
  const ended = endOf(child, messages);
  void ended.then(forget, forget);
  await Promise.race([messages.says(READY), ended.then(refuse)]);
  return {
    url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${usedPort}/postgres`,
    port: usedPort,
    pid: child.pid ?? 0,
    ended,
    stop: () => stop(child, ended),
  };
}

function asArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function endOf(child: Launched, messages: Messages): Promise<EndedServer> {
  const closed = once(child, 'close').catch(() => undefined);
  const [code, signal] = await once(child, 'exit');
  await Promise.race([closed, delay(LAST_WORDS_MS, undefined, { ref: false })]);
  return { status: code ?? signal, lastWords: messages.tail() };
}

function refuse({ status, lastWords }: EndedServer): never {
  throw new Error(`PostgreSQL did not start (${status}): ${lastWords}`);
}

async function stop(child: Launched, ended: Promise<EndedServer>): Promise<EndedServer> {
  for (const signal of STOP_SIGNALS) {
    child.kill(signal);
    const waiting = new AbortController();
    const step = delay(STOP_STEP_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
    const result = await Promise.race([ended, step]);
    waiting.abort();
    if (result !== undefined) return result;
  }
  return await ended;
}

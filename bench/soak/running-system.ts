import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { commandLine, descendants } from './process-tree.ts';

/** `npm start` in separate processes. `await using` kills it if it is still running. */
export type RunningSystem = AsyncDisposable & {
  readonly pid: number;
  readonly url: string;
  readonly s3Url: string;
  /** The URL with the password. */
  readonly databaseUrl: string;
  /** Undefined while it is not running. */
  host(): number | undefined;
  /** PostgreSQL's main process; undefined while it is not running. */
  postgres(): number | undefined;
  /** Ids of the ffmpegs of the host. */
  ffmpegs(): number[];
  /** Sends SIGTERM. Resolves with the exit code. */
  stop(): Promise<number | null>;
};

export type SystemOptions = {
  readonly dataDir: string;
  readonly settings: NodeJS.ProcessEnv;
  /** The file to which its output is appended. */
  readonly logFile: string;
};

const PROGRAM = fileURLToPath(new URL('../../local/start.ts', import.meta.url));

/** Resolves when it is ready. Throws an Error when it does not start. */
export async function startRunningSystem({ dataDir, settings, logFile }: SystemOptions): Promise<RunningSystem> {
  const { PATH, FFMPEG_PATH, HOME } = process.env;
  const child = spawn(process.execPath, [PROGRAM], {
    env: { PATH, FFMPEG_PATH, HOME, DATA_DIR: dataDir, PORT: '0', S3_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const addresses = await Promise.race([addressesOf(child), exited.then(refuse)]);
  const databaseUrl = new URL(addresses.database);
  databaseUrl.password = readFileSync(`${dataDir}/postgres/superuser.password`, 'utf8');
  const part = (file: string) =>
    descendants(pid).find((entry) => commandLine(entry.pid).includes(`local/${file}`))?.pid;

  return {
    pid,
    url: addresses.url,
    s3Url: addresses.s3,
    databaseUrl: databaseUrl.href,
    host: () => part('host.ts'),
    postgres() {
      const owner = part('postgres/embedded-postgres.ts');
      return owner === undefined ? undefined : descendants(owner).find(({ name }) => name === 'postgres')?.pid;
    },
    ffmpegs() {
      const host = part('host.ts');
      return host === undefined ? [] : ffmpegsOf(host);
    },
    async stop() {
      child.kill('SIGTERM');
      return await exited;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
      log.end();
    },
  };
}

/** Returns its program, or the program that the full layer's loader runs. */
const FFMPEG = /(?:^|[ /])ffmpeg(?:-audio[^/ ]*)?(?: |$)/;

/** Returns the running ones among the descendants of a process. */
export function ffmpegsOf(pid: number): number[] {
  return descendants(pid)
    .map((entry) => entry.pid)
    .filter((each) => FFMPEG.test(commandLine(each)));
}

type Addresses = { readonly url: string; readonly s3: string; readonly database: string };

function addressesOf({ stderr }: ChildProcessByStdio<null, Readable, Readable>): Promise<Addresses> {
  const found = Promise.withResolvers<Addresses>();
  let printed = '';
  const read = (chunk: Buffer): void => {
    printed += chunk;
    const [, url] = /health +(http\S+)\/health/.exec(printed) ?? [];
    const [, s3] = /S3 +(http\S+)/.exec(printed) ?? [];
    const [, database] = /database +(postgres\S+)/.exec(printed) ?? [];
    if (url === undefined || s3 === undefined || database === undefined) return;
    stderr.off('data', read);
    found.resolve({ url, s3, database });
  };
  stderr.on('data', read);
  return found.promise;
}

function refuse(): never {
  throw new Error('the system did not start; see its log');
}

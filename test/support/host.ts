import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOST_PROCESS } from '../../local/host-process.ts';
import { RUNNER_PROCESS } from '../../local/runner-process.ts';

/** The slim host as a child process; `await using` stops it by SIGTERM and fails unless it exits with 0. */
export type Host = AsyncDisposable & {
  readonly url: string;
  readonly pid: number;
  /** Its own SPOOL_DIR. */
  readonly spoolDirectory: string;
  /** Everything printed so far. */
  printed(): string;
  /** The log lines so far. */
  log(): Record<string, unknown>[];
  /** Sends SIGTERM without waiting. */
  terminate(): void;
  /** Sends SIGKILL; a clean exit is then no longer required. */
  kill(): void;
  readonly exited: Promise<HostExit>;
};

type Settings = Readonly<Record<string, string | number>>;

export type HostExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** Longest time from SIGTERM to the exit of a host, in addition to its grace period. */
const STOP_TIMEOUT_MS = 20_000;

/** Starts a host, or a program that serves like one, on a free port; resolves when it has found its ffmpeg. */
export async function startHost(settings: Settings = {}, program: URL = HOST_PROCESS.file): Promise<Host> {
  const host = await startPart(settings, program);
  await (await fetch(`${host.url}/health`, { headers: { connection: 'close' } })).arrayBuffer();
  return host;
}

/** Starts a runner. With a DATA_DIR, it is the machine of other processes with the same one. */
export async function startRunner(settings: Settings): Promise<Omit<Host, 'url'>> {
  return await startPart({ RUNNER_KINDS: 'jobs', ...settings }, RUNNER_PROCESS.file);
}

/** Starts a process of the service; resolves when it is ready. */
async function startPart(settings: Settings, program: URL): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), 'host-'));
  const spoolDirectory = join(folder, 'spool');
  await mkdir(spoolDirectory);
  const child = fork(program, {
    env: environment({ SPOOL_DIR: spoolDirectory, DATA_DIR: join(folder, 'data'), ...settings }),
    execArgv: [...HOST_PROCESS.execArgv],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const exited = exitOf(child);
  const printed = capture(child);
  let killed = false;
  const url = await readyUrl(child, exited, printed).catch(async (error: unknown) => {
    await rm(folder, { recursive: true });
    throw error;
  });
  return {
    url,
    pid: child.pid ?? Number.NaN,
    spoolDirectory: String(settings['SPOOL_DIR'] ?? spoolDirectory),
    printed,
    log: () => logLines(printed()),
    terminate: () => void child.kill('SIGTERM'),
    kill() {
      killed = true;
      child.kill('SIGKILL');
    },
    exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill(killed ? 'SIGKILL' : 'SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      const exit = await exited;
      clearTimeout(impatience);
      await rm(folder, { recursive: true });
      if (!killed) assert.deepEqual(exit, { code: 0, signal: null }, `the host did not stop cleanly:\n${printed()}`);
    },
  };
}

function environment(settings: Settings): NodeJS.ProcessEnv {
  const inherited = ['PATH', 'FFMPEG_PATH', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...HOST_PROCESS.environment,
    ...Object.fromEntries(inherited),
    PORT: '0',
    SHUTDOWN_GRACE_SECONDS: '0',
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
  };
}

function capture({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

function logLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function exitOf(child: ChildProcess): Promise<HostExit> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

async function readyUrl(child: ChildProcess, exited: Promise<HostExit>, printed: () => string): Promise<string> {
  const message = once(child, 'message').then(([sent]) => (sent as { ready: string }).ready);
  const died = exited.then(({ code }) => assert.fail(`the host did not start (exit code ${code}):\n${printed()}`));
  return await Promise.race([message, died]);
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReadyMessage } from '#lib/process/part.ts';
import { afterFailure, type RestartPolicy } from '#lib/work/restart-policy.ts';

export type SupervisedOptions = {
  /** The name in reports. */
  readonly name: string;
  readonly file: URL;
  /** Options of Node. */
  readonly execArgv?: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Variables added to the environment of a restart, such as an address that must stay the same. */
  readonly restartEnvironment?: (url: string) => NodeJS.ProcessEnv;
  /** Whether it may end by itself: it is not started again when it exits with 0. */
  readonly mayEnd?: boolean;
  readonly report: (line: string) => void;
};

export type SupervisedProcess = {
  readonly url: string;
  /** Sends SIGTERM, and SIGKILL when the process does not exit in time. Resolves with its exit code. */
  stop(): Promise<number>;
  /** Kills the process at once; `stop` resolves when it has exited. */
  hurry(): void;
};

const RESTART: RestartPolicy = { delaysMs: [100, 500, 1_000, 5_000], steadyMs: 30_000 };
const STOP_TIMEOUT_MS = 60_000;

/** Starts a process, waits until it is ready, and restarts it whenever it dies. Throws if it does not become ready. */
export async function supervise(options: SupervisedOptions): Promise<SupervisedProcess> {
  const { name, report, restartEnvironment, mayEnd = false } = options;
  let child = launch(options, options.environment);
  const url = await ready(child, name);
  const stopping = new AbortController();
  const watching = watch();

  async function watch(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      const code = await exitOf(child);
      if (stopping.signal.aborted) return;
      if (mayEnd && code === 0) {
        report(`${name} has ended`);
        return;
      }
      report(`${name} has died; restarting it`);
      const restart = afterFailure(RESTART, { failures, steadyMs: performance.now() - startedAt });
      failures = restart.failures;
      await delay(restart.delayMs);
      if (stopping.signal.aborted) return;
      child = launch(options, { ...options.environment, ...restartEnvironment?.(url) });
    }
  }

  return {
    url,
    async stop() {
      stopping.abort();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      const code = await exitOf(child);
      clearTimeout(timer);
      await watching;
      return code;
    },
    hurry: () => void child.kill('SIGKILL'),
  };
}

function launch({ file, execArgv = [] }: SupervisedOptions, environment: NodeJS.ProcessEnv): ChildProcess {
  // A session of its own, so that Ctrl-C in a terminal reaches only the supervisor, which stops everything in order.
  return fork(file, {
    execArgv: [...execArgv],
    env: environment,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function ready(child: ChildProcess, name: string): Promise<string> {
  const message = once(child, 'message').then(([sent]) => (sent as ReadyMessage).ready);
  const died = exitOf(child).then((code) => {
    throw new Error(`${name} did not start (exit code ${code}); see its output above`);
  });
  return await Promise.race([message, died]);
}

async function exitOf(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? 1;
}

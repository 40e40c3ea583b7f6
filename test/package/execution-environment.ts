import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { gone, type ProcessEntry, processes } from '../support/leaks.ts';
import { functionUrlAnswer } from './function-url-answer.ts';
import type { Answered, InvokeOptions } from './implementation.ts';
import type { PackagedFunction } from './packages.ts';
import { nodeInPlatform, type PlatformRoot } from './platform-root.ts';
import { startRuntimeApi } from './runtime-api.ts';

export type EnvironmentOptions = {
  readonly packaged: PackagedFunction;
  readonly platform: PlatformRoot;
  /** The function's environment variables, without the address of the Runtime API. */
  readonly settings: NodeJS.ProcessEnv;
  /** Bytes of the longest response. */
  readonly streamedBytes: number;
};

/** One execution environment: a machine whose runtime handles one invocation at a time and is frozen in between. */
export type ExecutionEnvironment = AsyncDisposable & {
  /** performance.now() when the process was started, and when its runtime first requested work. */
  readonly startedAt: number;
  readonly readyAt: number;
  invoke(event: unknown, options?: InvokeOptions): Promise<Answered>;
  /** Whether an invocation is running. */
  isBusy(): boolean;
  /** Resolves when the runtime waits for work or has exited. */
  settled(): Promise<void>;
  isAlive(): boolean;
  /** Its processes, the runtime first. */
  pids(): number[];
  printed(): string;
  /** Stops it like the platform: SIGTERM, and SIGKILL later. Resolves with the exit code. */
  shutDown(): Promise<number | null>;
};

const INIT_TIMEOUT_MS = 30_000;
/** Time of an environment between SIGTERM and SIGKILL. */
const SHUTDOWN_MS = 2_000;
const GONE_MS = 5_000;

/** Starts a runtime. Rejects with its error when the function cannot be loaded. */
export async function startEnvironment(options: EnvironmentOptions): Promise<ExecutionEnvironment> {
  const { packaged, platform, settings, streamedBytes } = options;
  const api = await startRuntimeApi(() => rest());
  const startedAt = performance.now();
  const { file, args } = nodeInPlatform(platform, ['/var/runtime/index.mjs']);
  const child = spawn(file, args, {
    env: { ...settings, AWS_LAMBDA_RUNTIME_API: api.address },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  }
  let whyEnded: string | undefined;
  let busy = false;
  let resting = Promise.withResolvers<void>();
  let deadline: NodeJS.Timeout | undefined;
  const exited = once(child, 'exit').then(([code]) => {
    clearTimeout(deadline);
    resting.resolve();
    api.abandon({ errorType: whyEnded ?? 'Runtime.ExitError', errorMessage: printed.join('') });
    return code as number | null;
  });
  const isAlive = () => child.exitCode === null && child.signalCode === null;

  /** Order of processes: `unshare`, the shell (first process of the namespace), the runtime, its children. */
  function pids(): number[] {
    const running = processes();
    const below = (parents: readonly number[]): ProcessEntry[] =>
      running.filter(({ parent }) => parents.includes(parent));
    const runtime = below(below([child.pid ?? -1]).map(({ pid }) => pid)).map(({ pid }) => pid);
    const found = [...runtime];
    for (let next = runtime; next.length > 0; found.push(...next)) next = below(next).map(({ pid }) => pid);
    return found;
  }

  function signal(name: NodeJS.Signals): void {
    for (const pid of pids()) {
      try {
        process.kill(pid, name);
      } catch (error) {
        // It has exited in the meantime.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  /** Freezes an idle environment until its next invocation. */
  function rest(): void {
    signal('SIGSTOP');
    resting.resolve();
  }

  function wake(): void {
    resting = Promise.withResolvers();
    signal('SIGCONT');
  }

  function end(why: string): void {
    whyEnded = why;
    child.kill('SIGKILL');
  }

  async function dispose(): Promise<void> {
    const left = pids();
    if (isAlive()) end('Sandbox.Ended');
    await exited;
    await gone(left, GONE_MS);
    await api[Symbol.asyncDispose]();
  }

  const impatience = setTimeout(() => end('Sandbox.InitTimedout'), INIT_TIMEOUT_MS);
  const readyAt = await api.ready
    .finally(() => clearTimeout(impatience))
    .catch(async (error: Error) => {
      await dispose();
      throw new Error(`${packaged.name} did not start: ${error.message}\n${printed.join('')}`, { cause: error });
    });

  return {
    startedAt,
    readyAt,
    async invoke(event, { timeoutMs = packaged.timeoutMs } = {}) {
      busy = true;
      wake();
      deadline = setTimeout(() => {
        printed.push(`Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds\n`);
        end('Sandbox.Timedout');
      }, timeoutMs);
      const response = await api.invoke({
        requestId: randomUUID(),
        event,
        deadline: Date.now() + timeoutMs,
        functionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${packaged.name}`,
      });
      const answered = await functionUrlAnswer(response, {
        invokeMode: packaged.invokeMode,
        streamedBytes,
        whyBroken: () => whyEnded,
      });
      void answered.end.then(() => {
        clearTimeout(deadline);
        busy = false;
      });
      return answered;
    },
    isBusy: () => busy,
    settled: () => resting.promise,
    isAlive,
    pids,
    printed: () => printed.join(''),
    async shutDown() {
      await resting.promise;
      wake();
      const [runtime] = pids();
      if (runtime !== undefined) process.kill(runtime, 'SIGTERM');
      const timer = setTimeout(() => end('Sandbox.Shutdown'), SHUTDOWN_MS);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

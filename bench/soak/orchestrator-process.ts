import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ChannelReport, OrchestratorMessage, OrchestratorOrder, OrchestratorSettings } from './channel-report.ts';

/** The playing program in a separate process. `await using` kills it if it is still running. */
export type Orchestrator = AsyncDisposable & {
  readonly pid: number;
  reports(): readonly ChannelReport[];
  order(order: OrchestratorOrder): void;
  /** Resolves with the last reports when all channels have ended. */
  end(): Promise<readonly ChannelReport[]>;
};

const ORCHESTRATOR = fileURLToPath(new URL('orchestrator.ts', import.meta.url));

/** Resolves when it has the references of all tracks. Appends its output to the log. */
export async function startOrchestrator(settings: OrchestratorSettings, logFile: string): Promise<Orchestrator> {
  const child: ChildProcess = fork(ORCHESTRATOR, [JSON.stringify(settings)], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  child.stderr?.pipe(createWriteStream(logFile, { flags: 'a' }));
  const died = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the orchestrator exited with ${code ?? signal}`);
  });
  died.catch(() => undefined);
  let reports: readonly ChannelReport[] = [];
  const ended = Promise.withResolvers<readonly ChannelReport[]>();
  const ready = Promise.withResolvers<void>();
  child.on('message', (message: OrchestratorMessage) => {
    if (message.type === 'ready') return ready.resolve();
    reports = message.reports;
    if (message.type === 'ended') ended.resolve(reports);
  });
  await Promise.race([ready.promise, died]);
  return {
    pid: child.pid ?? 0,
    reports: () => reports,
    order: (order) => void child.send(order),
    end() {
      child.send('end' satisfies OrchestratorOrder);
      return Promise.race([ended.promise, died]);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await died.catch(() => undefined);
    },
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../lib/jobs/fixtures/runner.ts', import.meta.url));

/** A runner in a process of its own, whose jobs never end. */
export type Runner = {
  /** Resolves when its program is loaded. */
  loaded(): Promise<void>;
  /** Resolves when it has started this attempt of a job. */
  started(id: string, attempt: number): Promise<void>;
  /** Sends SIGKILL; resolves when it has exited. */
  kill(): Promise<void>;
};

/** Starts a runner on a machine; it is killed when the test ends. */
export function startRunner(
  test: { after(close: () => Promise<void>): void },
  { url, machineId }: { readonly url: string; readonly machineId: string },
): Runner {
  const child = spawn(process.execPath, [PROGRAM, url, machineId], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = new Set<string>();
  const printed = createInterface(child.stdout);
  printed.on('line', (line) => lines.add(line));

  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await exited;
  }

  async function says(line: string): Promise<void> {
    while (!lines.has(line)) await once(printed, 'line');
  }

  test.after(kill);
  return { kill, loaded: () => says('loaded'), started: (id, attempt) => says(`started ${id} ${attempt}`) };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A command of `local/` as a child process; `await using` kills it if it still runs. */
export type Command = AsyncDisposable & {
  readonly child: ChildProcess;
  /** Everything printed so far on both streams. */
  printed(): string;
  /** Resolves with the match as soon as the output matches the pattern; rejects when the command ends first. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
};

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs `local/NAME` of a checkout with these arguments, as npm does; the settings are added to a minimal environment. */
export function runCommand(
  name: string,
  args: readonly string[],
  settings: NodeJS.ProcessEnv = {},
  project = PROJECT,
): Command {
  const { PATH, FFMPEG_PATH, TMPDIR, HOME, NODE_COMPILE_CACHE } = process.env;
  // The code of another checkout would fill the cache of this one.
  const cache = project === PROJECT ? { NODE_COMPILE_CACHE } : {};
  const program = ['--import', join(project, 'local/packages/preload.ts'), join(project, 'local', name)];
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: project,
    env: { PATH, FFMPEG_PATH, TMPDIR, HOME, ...cache, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      child.emit('printed');
    });
  }
  return {
    child,
    printed: () => printed,
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(printed);
        if (found !== null) return found;
        const ended = exited.then(({ code }) => {
          throw new Error(`${name} ended with ${code} and never printed ${pattern}:\n${printed}`);
        });
        await Promise.race([once(child, 'printed'), ended]);
      }
    },
    exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}

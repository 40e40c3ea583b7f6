import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { FFMPEG } from '../../support/ffmpeg.ts';

export type FfnOptions = {
  /** The path of the command, from `installPackage`. */
  readonly ffn: string;
  readonly settings?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Whether it runs on a terminal. */
  readonly onTerminal?: boolean;
  /** Shell text after the command, such as a pipe to another program. */
  readonly behind?: string;
};

export type FfnExit = {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Returns the JSON objects on standard output, one per line. */
  lines(): Record<string, unknown>[];
};

/** A running `ffn`; `await using` kills it if it still runs. */
export type Ffn = AsyncDisposable & {
  readonly exited: Promise<FfnExit>;
  /** Resolves with the match of a pattern on standard error or output; rejects when the command ends first. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  interrupt(): void;
};

export function startFfn(args: readonly string[], { ffn, settings = {}, cwd, onTerminal, behind }: FfnOptions): Ffn {
  // Each command examines its ffmpeg, and the layer's starts ten times as fast as that of a distribution.
  const { PATH, FFMPEG_PATH = FFMPEG, TMPDIR, HOME } = process.env;
  const plain = [process.execPath, ffn, ...args];
  // `script` runs a command on its own terminal and copies the output.
  const [file = '', ...rest] = onTerminal
    ? ['script', '-qec', plain.join(' '), '/dev/null']
    : behind === undefined
      ? plain
      : ['bash', '-o', 'pipefail', '-c', `${plain.join(' ')} ${behind}`];
  const child = spawn(file, rest, {
    cwd,
    env: { PATH, FFMPEG_PATH, TMPDIR, HOME, SOURCE_ALLOWED_NETWORKS: '127.0.0.0/8', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  for (const [stream, chunks] of [
    [child.stdout, out],
    [child.stderr, err],
  ] as const) {
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      child.emit('said');
    });
  }
  const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8');
  const exited = (once(child, 'close') as Promise<[number | null]>).then(([code]) => ({
    code,
    stdout: Buffer.concat(out),
    stderr: text(err),
    lines: () =>
      text(out)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  }));
  return {
    exited,
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(text(err)) ?? pattern.exec(text(out));
        if (found !== null) return found;
        const ended = exited.then(({ code }) => {
          throw new Error(`ffn exited with ${code} without printing ${pattern}:\n${text(err)}\n${text(out)}`);
        });
        await Promise.race([once(child, 'said'), ended]);
      }
    },
    interrupt: () => void child.kill('SIGINT'),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Runs the command to its end. */
export async function runFfn(args: readonly string[], options: FfnOptions): Promise<FfnExit> {
  await using command = startFfn(args, options);
  return await command.exited;
}

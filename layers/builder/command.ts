import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export type CommandOptions = {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The file to which its output is appended. */
  readonly log: string;
};

/** Runs a command until it exits. Throws an Error that names its log when it fails. */
export async function run(
  [file, ...args]: readonly [string, ...string[]],
  { directory, environment, log }: CommandOptions,
): Promise<void> {
  const child = spawn(file, args, { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const kept = [child.stdout, child.stderr].map((stream) => pipeline(stream, createWriteStream(log, { flags: 'a' })));
  const [[code]] = await Promise.all([exited, ...kept]);
  if (code !== 0) throw new Error(`${[file, ...args].join(' ').slice(0, 200)} failed (${code}); see ${log}`);
}

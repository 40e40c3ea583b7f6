import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FULL_LAYER } from './built-layer.ts';

const FFMPEG = join(FULL_LAYER.directory, 'bin/ffmpeg');
const FFPROBE = join(FULL_LAYER.directory, 'bin/ffprobe');
const run = promisify(execFile);
/** Disables the cache of fonts. */
const ENVIRONMENT = { ...process.env, XDG_CACHE_HOME: '/dev/null' };

/** Runs the layer's ffmpeg and returns its standard output. Rejects when it fails. */
export async function ffmpeg(...args: readonly string[]): Promise<Buffer> {
  const options = { encoding: 'buffer', maxBuffer: 256 << 20, env: ENVIRONMENT } as const;
  return (await run(FFMPEG, ['-v', 'error', '-nostdin', '-y', ...args], options)).stdout;
}

/** Returns the layer's ffprobe output for the streams of a file, such as `codec_name`. */
export async function streamsOf(file: string, ...options: readonly string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await run(FFPROBE, ['-v', 'error', '-of', 'json', '-show_streams', ...options, file], {
    env: ENVIRONMENT,
  });
  return (JSON.parse(stdout) as { streams: Record<string, unknown>[] }).streams;
}

/** A run of the layer's ffmpeg in parallel with the test; `await using` stops it. */
export type Running = AsyncDisposable & {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly log: string }>;
};

export function startFfmpeg(...args: readonly string[]): Running {
  const child = spawn(FFMPEG, ['-v', 'verbose', '-nostdin', '-y', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: ENVIRONMENT,
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, log }));
  return {
    child,
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

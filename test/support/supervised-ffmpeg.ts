import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { findOnPath, type Starter } from '#lib/ffmpeg/confinement.ts';
import { type FfmpegCommand, type FfmpegLimits, type FfmpegProcess, startFfmpeg } from '#lib/ffmpeg/process.ts';
import { FFMPEG } from './ffmpeg.ts';

export const SETPRIV: string | undefined = findOnPath('setpriv', process.env['PATH'] ?? '');

/** Starts a program as where no layer is built. */
export const SHELL: Starter = { kind: 'shell', setpriv: SETPRIV };

export const MEBIBYTE = 1 << 20;

export type Supervision = Partial<Omit<FfmpegLimits, 'stall'>> & {
  readonly stallMs?: number;
  readonly from?: FfmpegLimits['stall']['from'];
  readonly by?: 'q' | 'SIGTERM';
  readonly graceMs?: number;
};

/** A supervised process; `await using` kills it and waits for its exit. */
export type Supervised = FfmpegProcess & AsyncDisposable;

/** Starts a real ffmpeg, or the program in `binary`, with generous limits. */
export function supervise(
  { binary = FFMPEG, ...command }: Pick<FfmpegCommand, 'args'> & Partial<FfmpegCommand> & { readonly binary?: string },
  supervision: Supervision = {},
): Supervised {
  const { by = 'SIGTERM', graceMs = 5_000, stallMs = 30_000, from = 'spawn', ...limits } = supervision;
  const process = startFfmpeg(
    { program: { path: binary, starter: SHELL }, input: 'none', ...command },
    {
      limits: { memoryBytes: 512 * MEBIBYTE, stall: { afterMs: stallMs, from }, ...limits },
      stop: { by, graceMs },
    },
  );
  return { ...process, [Symbol.asyncDispose]: async () => void (await process.kill()) };
}

/** Reads a stream to its end. */
export async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Resolves when a stream has bytes to read; reads none. */
export async function readable(stream: Readable): Promise<void> {
  if (stream.readableLength === 0) await once(stream, 'readable');
}

import { execFile } from 'node:child_process';

export type Trial = {
  /** Bytes that it gave. */
  readonly bytes: number;
  /** How it ended, unless well: a signal, an exit code, or that it did not end. */
  readonly failure: string | undefined;
};

/** Longest time that an ffmpeg may take over a few bytes, ms. */
const PATIENCE_MS = 8_000;
const MOST_BYTES = 1 << 20;

/** Has an ffmpeg make something of a few bytes, which it reads from `pipe:0`, on `pipe:1`. Never rejects. */
export function tryFfmpeg(
  binary: string,
  { args, input, patienceMs = PATIENCE_MS }: { args: readonly string[]; input: Buffer; patienceMs?: number },
): Promise<Trial> {
  const { promise, resolve } = Promise.withResolvers<Trial>();
  const child = execFile(
    binary,
    ['-v', 'error', '-nostats', ...args],
    { encoding: 'buffer', maxBuffer: MOST_BYTES, timeout: patienceMs, killSignal: 'SIGKILL', env: { LC_ALL: 'C' } },
    (error, { length: bytes }) => {
      if (error === null) resolve({ bytes, failure: undefined });
      else resolve({ bytes, failure: error.killed ? 'no end' : (error.signal ?? `exit code ${error.code}`) });
    },
  );
  // One that ends before it has read everything says why by its exit.
  child.stdin?.on('error', () => undefined).end(input);
  return promise;
}

import { execFile } from 'node:child_process';

export type Trial = {
  /** Bytes of output. */
  readonly bytes: number;
  /** What went wrong: a signal, an exit code, or a timeout. */
  readonly failure: string | undefined;
};

type TrialOptions = {
  readonly args: readonly string[];
  readonly input: Buffer;
  readonly timeoutMs?: number | undefined;
};

/** Longest time that an ffmpeg may take for a few bytes, ms. */
const TIMEOUT_MS = 8_000;
const MOST_BYTES = 1 << 20;

/** Returns the command that runs an ffmpeg with these arguments. */
export type ToCommand = (args: readonly string[]) => { readonly file: string; readonly args: readonly string[] };

/** Has an ffmpeg read a few bytes from `pipe:0` and write to `pipe:1`. Never rejects. */
export function tryFfmpeg(toCommand: ToCommand, { args, input, timeoutMs = TIMEOUT_MS }: TrialOptions): Promise<Trial> {
  const { promise, resolve } = Promise.withResolvers<Trial>();
  const command = toCommand(['-v', 'error', '-nostats', ...args]);
  const child = execFile(
    command.file,
    command.args,
    { encoding: 'buffer', maxBuffer: MOST_BYTES, timeout: timeoutMs, killSignal: 'SIGKILL', env: { LC_ALL: 'C' } },
    (error, { length: bytes }) => {
      if (error === null) resolve({ bytes, failure: undefined });
      else resolve({ bytes, failure: error.killed ? 'timed out' : (error.signal ?? `exit code ${error.code}`) });
    },
  );
  // An ffmpeg may exit before it has read everything: its exit gives the reason.
  child.stdin?.on('error', () => undefined).end(input);
  return promise;
}

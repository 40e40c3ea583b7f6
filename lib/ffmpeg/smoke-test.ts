import { execFile } from 'node:child_process';
import { SAMPLES } from './samples.ts';

/** What each sample is made into, so that the encoders are tried too. */
const OUTPUTS: Readonly<Record<keyof typeof SAMPLES, readonly string[]>> = {
  mpegts: ['-f', 's16le'],
  m4a: ['-c:a', 'libopus', '-f', 'ogg'],
  opus: ['-c:a', 'aac', '-f', 'adts'],
};
const NAMES: Readonly<Record<keyof typeof SAMPLES, string>> = { mpegts: 'MPEG-TS', m4a: 'M4A', opus: 'Opus' };
const PATIENCE_MS = 8_000;
/** Of any output; each sample makes more. */
const LEAST_BYTES = 500;

/**
 * Has an ffmpeg play a small MPEG-TS, M4A and Opus. Resolves with what went wrong, such as `it fails on M4A (SIGSEGV)`;
 * undefined when nothing did.
 */
export async function smokeTest(binary: string, patienceMs = PATIENCE_MS): Promise<string | undefined> {
  const kinds = Object.keys(SAMPLES) as (keyof typeof SAMPLES)[];
  const failures = await Promise.all(
    kinds.map(async (kind) => {
      const failure = await play(binary, { kind, patienceMs });
      return failure === undefined ? [] : [`${NAMES[kind]} (${failure})`];
    }),
  );
  return failures.flat().length === 0 ? undefined : `it fails on ${failures.flat().join(', ')}`;
}

function play(
  binary: string,
  { kind, patienceMs }: { kind: keyof typeof SAMPLES; patienceMs: number },
): Promise<string | undefined> {
  const input = ['-v', 'error', '-nostats', '-protocol_whitelist', 'pipe', '-i', 'pipe:0', '-map', '0:a:0'];
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const child = execFile(
    binary,
    [...input, ...OUTPUTS[kind], 'pipe:1'],
    { encoding: 'buffer', timeout: patienceMs, killSignal: 'SIGKILL', env: { LC_ALL: 'C' } },
    (error, stdout) => {
      if (error !== null) resolve(error.killed ? 'no end' : (error.signal ?? `exit code ${error.code}`));
      else resolve(stdout.length < LEAST_BYTES ? `${stdout.length} bytes` : undefined);
    },
  );
  // One that ends before it has read everything says why by its exit.
  child.stdin?.on('error', () => undefined).end(SAMPLES[kind]);
  return promise;
}

import { SAMPLES } from './samples.ts';
import { type ToCommand, tryFfmpeg } from './trial.ts';

/** Fewest bytes of output for each sample. */
const LEAST_BYTES = 500;

/**
 * Has an ffmpeg transcode a small MPEG-TS, M4A and Opus sample. Resolves with what went wrong, such as
 * `it fails on M4A (SIGSEGV)`; undefined when all succeed.
 */
export async function smokeTest(toCommand: ToCommand, timeoutMs?: number): Promise<string | undefined> {
  const failures = await Promise.all(
    SAMPLES.map(async ({ name, output, base64 }) => {
      const args = ['-protocol_whitelist', 'pipe', '-i', 'pipe:0', '-map', '0:a:0', ...output, 'pipe:1'];
      const trial = await tryFfmpeg(toCommand, { args, input: Buffer.from(base64, 'base64'), timeoutMs });
      const failure = trial.failure ?? (trial.bytes < LEAST_BYTES ? `${trial.bytes} bytes of output` : undefined);
      return failure === undefined ? [] : [`${name} (${failure})`];
    }),
  );
  return failures.flat().length === 0 ? undefined : `it fails on ${failures.flat().join(', ')}`;
}

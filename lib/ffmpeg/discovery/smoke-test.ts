import { SAMPLES } from './samples.ts';
import { tryFfmpeg } from './trial.ts';

/** What each sample is made into, so that the encoders are tried too. */
const OUTPUTS: Readonly<Record<keyof typeof SAMPLES, readonly string[]>> = {
  mpegts: ['-f', 's16le'],
  m4a: ['-c:a', 'libopus', '-f', 'ogg'],
  opus: ['-c:a', 'aac', '-f', 'adts'],
};
const NAMES: Readonly<Record<keyof typeof SAMPLES, string>> = { mpegts: 'MPEG-TS', m4a: 'M4A', opus: 'Opus' };
/** Of any output; each sample makes more. */
const LEAST_BYTES = 500;

/**
 * Has an ffmpeg play a small MPEG-TS, M4A and Opus. Resolves with what went wrong, such as `it fails on M4A (SIGSEGV)`;
 * undefined when nothing did.
 */
export async function smokeTest(binary: string, patienceMs?: number): Promise<string | undefined> {
  const kinds = Object.keys(SAMPLES) as (keyof typeof SAMPLES)[];
  const failures = await Promise.all(
    kinds.map(async (kind) => {
      const failure = await play(binary, { kind, patienceMs });
      return failure === undefined ? [] : [`${NAMES[kind]} (${failure})`];
    }),
  );
  return failures.flat().length === 0 ? undefined : `it fails on ${failures.flat().join(', ')}`;
}

async function play(
  binary: string,
  { kind, patienceMs }: { kind: keyof typeof SAMPLES; patienceMs: number | undefined },
): Promise<string | undefined> {
  const args = ['-protocol_whitelist', 'pipe', '-i', 'pipe:0', '-map', '0:a:0', ...OUTPUTS[kind], 'pipe:1'];
  const { bytes, failure } = await tryFfmpeg(binary, {
    args,
    input: SAMPLES[kind],
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  return failure ?? (bytes < LEAST_BYTES ? `${bytes} bytes` : undefined);
}

import { FRAME_BYTES, SAMPLE_RATE } from './sound-format.ts';

/** Reads the position in the source from a sweep's frequency, at any speed, volume and equalisation. */
export const SWEEP = { startHz: 300, hzPerSecond: 200 } as const;

/** A sample of the output and the second of the source that it contains. */
export type Observation = { readonly sample: number; readonly position: number };

export type SweepReader = {
  /** Returns the readable positions since the last call. */
  push(chunk: Buffer): Observation[];
};

/** Samples of a window for one frequency: a few periods of the lowest. */
const WINDOW = 960;
/** Largest difference between periods of one window, as a share of their mean; above it, the tone is not clean. */
const LARGEST_SPREAD = 0.15;
const QUIETEST_PEAK = 100;

/** Removes single outliers by comparison with their neighbours, and the first and the last position. */
export function withoutOutliers(observations: readonly Observation[]): Observation[] {
  return observations.slice(1, -1).map(({ sample, position }, index) => {
    const around = [observations[index]?.position ?? position, position, observations[index + 2]?.position ?? position];
    return { sample, position: around.toSorted((one, other) => one - other)[1] ?? position };
  });
}

/** Reads the first channel of PCM (s16le, stereo). Windows without a clean tone have no position. */
export function createSweepReader(): SweepReader {
  let rest: Buffer = Buffer.alloc(0);
  let readSamples = 0;
  return {
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const observations: Observation[] = [];
      let from = 0;
      for (; from + WINDOW * FRAME_BYTES <= bytes.length; from += WINDOW * FRAME_BYTES) {
        const found = readWindow(bytes.subarray(from, from + WINDOW * FRAME_BYTES));
        if (found !== undefined) observations.push({ sample: readSamples + found.sample, position: found.position });
        readSamples += WINDOW;
      }
      rest = Buffer.from(bytes.subarray(from));
      return observations;
    },
  };
}

function readWindow(bytes: Buffer): Observation | undefined {
  const rises: number[] = [];
  let peak = 0;
  let before = bytes.readInt16LE(0);
  for (let index = 1; index < WINDOW; index += 1) {
    const now = bytes.readInt16LE(index * FRAME_BYTES);
    if (before < 0 && now >= 0) rises.push(index - now / (now - before));
    peak = Math.max(peak, now);
    before = now;
  }
  const [first, last] = [rises[0], rises.at(-1)];
  if (peak < QUIETEST_PEAK || first === undefined || last === undefined || rises.length < 3) return undefined;
  const period = (last - first) / (rises.length - 1);
  const clean = rises.every(
    (rise, index) => index === 0 || Math.abs(rise - (rises[index - 1] ?? 0) - period) < LARGEST_SPREAD * period,
  );
  if (!clean) return undefined;
  const hertz = SAMPLE_RATE / period;
  return { sample: (first + last) / 2, position: (hertz - SWEEP.startHz) / SWEEP.hzPerSecond };
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MEDIA_FFMPEG } from './ffmpeg.ts';

const RATE = 48_000;

/** Decodes the first channel of a file at 48 kHz, full scale at 1, without rounding. */
export async function signalOf(file: string): Promise<Float32Array> {
  const options = { encoding: 'buffer', maxBuffer: 256 << 20 } as const;
  const args = ['-v', 'error', '-i', `file:${file}`, '-vn', '-af', 'pan=mono|c0=c0', '-ar', String(RATE)];
  const { stdout } = await promisify(execFile)(MEDIA_FFMPEG, [...args, '-f', 'f32le', '-'], options);
  return new Float32Array(new Uint8Array(stdout).buffer);
}

/** Returns the amplitude of a tone between two times, seconds. */
export function amplitudeOf(signal: Float32Array, frequency: number, from: number, to = from + 0.02): number {
  const [first, last] = [Math.round(from * RATE), Math.min(signal.length, Math.round(to * RATE))];
  let [real, imaginary] = [0, 0];
  for (let index = first; index < last; index += 1) {
    const angle = (2 * Math.PI * frequency * index) / RATE;
    real += (signal[index] ?? 0) * Math.cos(angle);
    imaginary += (signal[index] ?? 0) * Math.sin(angle);
  }
  return (2 * Math.hypot(real, imaginary)) / (last - first);
}

export function decibels(factor: number): number {
  return 20 * Math.log10(Math.max(factor, 1e-9));
}

/**
 * Returns the largest jump of a tone, and where it is, seconds: each sample of a sine follows from the two before it, and
 * what does not is a click. Silence has none.
 */
export function largestJump(signal: Float32Array, frequency: number, from = 0, to = signal.length / RATE) {
  const turn = 2 * Math.cos((2 * Math.PI * frequency) / RATE);
  let [jump, at] = [0, 0];
  for (let index = Math.round(from * RATE) + 1; index < Math.round(to * RATE) - 1; index += 1) {
    const [one = 0, two = 0, three = 0] = [signal[index - 1], signal[index], signal[index + 1]];
    const off = Math.abs(three - (turn * two - one));
    if (off > jump) [jump, at] = [off, index / RATE];
  }
  return { jump, at };
}

type Place = { readonly at: number; readonly otherAt: number };

/** Parts that are compared have this length, and are at most this far apart: seconds. */
const PART_SECONDS = 0.05;
const MOST_LAG_SECONDS = 0.03;
/** Parts that agree less are not the same sound. */
const LEAST_LIKENESS = 0.4;

/** Returns by how many seconds a part of a signal is later than a part of another; NaN when it is not the same sound. */
export function lagOf(signal: Float32Array, other: Float32Array, { at, otherAt }: Place): number {
  const count = Math.round(PART_SECONDS * RATE);
  const most = Math.round(MOST_LAG_SECONDS * RATE);
  const [start, otherStart] = [Math.round(at * RATE), Math.round(otherAt * RATE)];
  const part = other.subarray(otherStart, otherStart + count);
  let [best, lag] = [Number.NEGATIVE_INFINITY, 0];
  for (let shift = -most; shift <= most; shift += 1) {
    let sum = 0;
    for (let index = 0; index < count; index += 1) sum += (part[index] ?? 0) * (signal[start + shift + index] ?? 0);
    if (sum > best) [best, lag] = [sum, shift];
  }
  const found = signal.subarray(start + lag, start + lag + count);
  return best / Math.sqrt(powerOf(found) * powerOf(part)) < LEAST_LIKENESS ? Number.NaN : lag / RATE;
}

function powerOf(samples: Float32Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0);
}

import { channelOf, type Sound } from '../../test/support/audio.ts';
import { transform } from '../../test/support/spectrum.ts';

const WINDOW = 2_048;
/** Levels below this are inaudible and not compared: dB below a full-scale tone in one bin. */
const FLOOR_DB = -90;
/** A frame with a lower peak is silence. */
const SILENCE_DB = -60;

/**
 * Returns the log-spectral distance between a sound and its encoded version, in dB: for each frame of 2048 samples the
 * root mean square over frequencies of the difference of levels, averaged over frames (Gray and Markel, 1976).
 */
export function logSpectralDistance(original: Sound, coded: Sound, highestHertz: number): number {
  const [from, to] = [channelOf(original), channelOf(coded)];
  const bins = Math.floor((highestHertz / original.rate) * WINDOW);
  const distances: number[] = [];
  for (let start = 0; start + WINDOW <= Math.min(from.length, to.length); start += WINDOW) {
    const [a, b] = [levelsOf(from, start), levelsOf(to, start)];
    if (Math.max(...a.slice(0, bins)) < SILENCE_DB) continue;
    const squares = a.slice(0, bins).map((level, bin) => (level - (b[bin] ?? FLOOR_DB)) ** 2);
    distances.push(Math.sqrt(mean(squares)));
  }
  return mean(distances);
}

function levelsOf(signal: Float64Array, start: number): number[] {
  const real = signal.slice(start, start + WINDOW).map((sample, index) => sample * hann(index));
  const imaginary = new Float64Array(WINDOW);
  transform(real, imaginary);
  return Array.from({ length: WINDOW / 2 }, (_, bin) => {
    const power = ((real[bin] ?? 0) ** 2 + (imaginary[bin] ?? 0) ** 2) / (WINDOW / 4) ** 2;
    return Math.max(FLOOR_DB, 10 * Math.log10(power));
  });
}

function hann(index: number): number {
  return 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / WINDOW);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

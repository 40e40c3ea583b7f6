import { channelOf, type Sound } from '../../test/support/audio.ts';
import { transform } from '../../test/support/spectrum.ts';

/** Compared samples: a third of a second at 48 kHz. */
const LENGTH = 16_384;

export type Pair = { readonly original: Sound; readonly coded: Sound };

/** Removes a delay of N samples and cuts the result to the length of the original. */
export function aligned({ original, coded }: Pair, delay: number): Sound {
  const [from, to] = [Math.max(0, delay) * coded.channels, Math.max(0, -delay) * coded.channels];
  const heard = coded.samples.subarray(from, from + original.samples.length - to);
  const samples = new Int16Array(to + heard.length);
  samples.set(heard, to);
  return { ...coded, samples };
}

/** Returns the delay of the coded sound in samples, at the largest cross-correlation. Less than 16384. */
export function delayOf({ original, coded }: Pair): number {
  const [left, right] = [channelOf(original), channelOf(coded)];
  const start = loudestStretch(left);
  const [a, b] = [padded(left, start), padded(right, start)];
  const [aImaginary, bImaginary] = [new Float64Array(a.length), new Float64Array(b.length)];
  transform(a, aImaginary);
  transform(b, bImaginary);
  // The conjugate of the product: its forward transform is the correlation.
  const real = a.map((value, bin) => value * at(b, bin) + at(aImaginary, bin) * at(bImaginary, bin));
  const imaginary = a.map((value, bin) => at(aImaginary, bin) * at(b, bin) - value * at(bImaginary, bin));
  transform(real, imaginary);
  const lag = real.reduce((best, value, index) => (value > at(real, best) ? index : best), 0);
  return lag < LENGTH ? lag : lag - 2 * LENGTH;
}

/** Appends the same length of zeros, so that the correlation does not wrap around. */
function padded(signal: Float64Array, start: number): Float64Array {
  const whole = new Float64Array(2 * LENGTH);
  whole.set(signal.subarray(start, start + LENGTH));
  return whole;
}

function loudestStretch(signal: Float64Array): number {
  let [best, most] = [0, -1];
  for (let start = 0; start < Math.max(1, signal.length - LENGTH); start += LENGTH / 4) {
    const power = signal.subarray(start, start + LENGTH).reduce((sum, sample) => sum + sample * sample, 0);
    if (power > most) [best, most] = [start, power];
  }
  return best;
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}

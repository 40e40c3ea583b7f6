import { channelOf, type Sound } from './audio.ts';

const WINDOW = 16_384;

/** Power of the first channel at each multiple of `binHz`, averaged over the whole sound (Welch, Hann window). */
export type Spectrum = { readonly binHz: number; readonly power: Float64Array };

export function spectrumOf(sound: Sound): Spectrum {
  const signal = channelOf(sound);
  const power = new Float64Array(WINDOW / 2);
  for (let start = 0; start + WINDOW <= signal.length; start += WINDOW / 2) {
    const real = signal.slice(start, start + WINDOW).map((sample, index) => sample * hann(index));
    const imaginary = new Float64Array(WINDOW);
    transform(real, imaginary);
    for (let bin = 0; bin < power.length; bin += 1)
      power[bin] = at(power, bin) + at(real, bin) ** 2 + at(imaginary, bin) ** 2;
  }
  return { binHz: sound.rate / WINDOW, power };
}

/** The level of `sound` relative to `reference` around a frequency (a twelfth of an octave), dB. */
export function gainDb(sound: Spectrum, reference: Spectrum, frequency: number): number {
  return 10 * Math.log10(powerAround(sound, frequency) / powerAround(reference, frequency));
}

/** The frequency with the most power, Hz. */
export function dominantFrequency({ binHz, power }: Spectrum): number {
  const peak = power.indexOf(Math.max(...power));
  const [left, middle, right] = [peak - 1, peak, peak + 1].map((bin) => Math.log(at(power, bin)));
  if (left === undefined || middle === undefined || right === undefined) return peak * binHz;
  return (peak + (left - right) / (2 * (left - 2 * middle + right))) * binHz;
}

function powerAround({ binHz, power }: Spectrum, frequency: number): number {
  const first = Math.min(Math.round((frequency * 2 ** (-1 / 24)) / binHz), Math.round(frequency / binHz) - 1);
  const last = Math.max(Math.round((frequency * 2 ** (1 / 24)) / binHz), Math.round(frequency / binHz) + 1);
  return power.slice(first, last + 1).reduce((sum, value) => sum + value, 0);
}

function hann(index: number): number {
  return 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / WINDOW);
}

/** Computes the Fourier transform in place (Cooley–Tukey, radix 2). */
export function transform(real: Float64Array, imaginary: Float64Array): void {
  const { length } = real;
  for (let index = 1, mirrored = 0; index < length; index += 1) {
    let bit = length >> 1;
    for (; mirrored & bit; bit >>= 1) mirrored ^= bit;
    mirrored ^= bit;
    if (index >= mirrored) continue;
    swap(real, index, mirrored);
    swap(imaginary, index, mirrored);
  }
  for (let size = 2; size <= length; size *= 2) {
    for (let offset = 0; offset < size / 2; offset += 1) {
      const angle = (-2 * Math.PI * offset) / size;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      for (let low = offset; low < length; low += size) {
        const high = low + size / 2;
        const turnedReal = at(real, high) * cosine - at(imaginary, high) * sine;
        const turnedImaginary = at(real, high) * sine + at(imaginary, high) * cosine;
        real[high] = at(real, low) - turnedReal;
        imaginary[high] = at(imaginary, low) - turnedImaginary;
        real[low] = at(real, low) + turnedReal;
        imaginary[low] = at(imaginary, low) + turnedImaginary;
      }
    }
  }
}

function swap(values: Float64Array, first: number, second: number): void {
  [values[first], values[second]] = [at(values, second), at(values, first)];
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}

import { channelOf, type Sound } from '../../test/support/audio.ts';
import { transform } from '../../test/support/spectrum.ts';
import { quantile } from '../support/statistics.ts';
import { createEar, type Ear, FRAME, HOP } from './hearing.ts';

/** Values over the frames of a sound without silence, in dB. Below 0 the change is inaudible. */
export type NoiseToMask = { readonly mean: number; readonly p95: number };

/** Measures the audible change of a sound. The changed sound must be aligned to the sample. */
export type Listener = (coded: Sound) => NoiseToMask;

/** A channel's frame: its magnitudes, and the power of noise that it masks in each band; undefined for silence. */
type Frame = { readonly magnitudes: Float64Array; readonly mask: Float64Array } | undefined;

/** Frames whose loudest sample is below this are silence. */
const SILENCE = 10 ** (-60 / 20);

const WINDOW = Float64Array.from({ length: FRAME }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / FRAME));

/**
 * The noise-to-mask ratio of an encoded sound (ITU-R BS.1387-1, annex 2, 4.5.1): the level of the change compared with
 * the level that the sound itself masks.
 */
export function listenTo(original: Sound): Listener {
  const ear = createEar(original.rate);
  const channels = Array.from({ length: original.channels }, (_, channel) =>
    framesOf(ear, channelOf(original, channel)),
  );
  return (coded) => {
    const ratios = channels.map((frames, channel) => noiseRatios(ear, frames, channelOf(coded, channel)));
    const levels = (ratios[0] ?? []).flatMap((_, frame) => {
      const heard = ratios.map((ofChannel) => ofChannel[frame]).filter((ratio) => ratio !== undefined);
      return heard.length === 0 ? [] : [10 * Math.log10(mean(heard))];
    });
    return { mean: mean(levels), p95: quantile(levels, 0.95) };
  };
}

function framesOf(ear: Ear, signal: Float64Array): Frame[] {
  const frames: Frame[] = [];
  let lasting = new Float64Array(ear.bands);
  for (let start = 0; start + FRAME <= signal.length; start += HOP) {
    const magnitudes = magnitudesOf(signal, start);
    const excited = ear.spread(ear.group(magnitudes.map((magnitude) => magnitude ** 2)));
    lasting = lasting.map((power, band) => {
      const share = ear.decay[band] ?? 0;
      return share * power + (1 - share) * (excited[band] ?? 0);
    });
    const mask = lasting.map((power, band) => Math.max(power, excited[band] ?? 0) * (ear.hidden[band] ?? 1));
    const isSilence = signal.subarray(start, start + FRAME).every((sample) => Math.abs(sample) < SILENCE);
    frames.push(isSilence ? undefined : { magnitudes, mask });
  }
  return frames;
}

/** Returns the noise over the mask, averaged over bands, for each frame of the coded sound. */
function noiseRatios(ear: Ear, frames: readonly Frame[], coded: Float64Array): (number | undefined)[] {
  return frames.slice(0, Math.floor((coded.length - FRAME) / HOP) + 1).map((frame, index) => {
    if (frame === undefined) return undefined;
    const heard = magnitudesOf(coded, index * HOP);
    const noise = ear.group(frame.magnitudes.map((magnitude, bin) => (magnitude - (heard[bin] ?? 0)) ** 2));
    return mean(noise.map((power, band) => power / (frame.mask[band] ?? 1)));
  });
}

/** A full-scale tone in the middle of a bin has magnitude 1. */
function magnitudesOf(signal: Float64Array, start: number): Float64Array {
  const real = WINDOW.map((weight, index) => weight * (signal[start + index] ?? 0));
  const imaginary = new Float64Array(FRAME);
  transform(real, imaginary);
  const magnitudes = new Float64Array(FRAME / 2);
  for (let bin = 0; bin < magnitudes.length; bin += 1) {
    magnitudes[bin] = (Math.sqrt((real[bin] ?? 0) ** 2 + (imaginary[bin] ?? 0) ** 2) * 4) / FRAME;
  }
  return magnitudes;
}

function mean(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

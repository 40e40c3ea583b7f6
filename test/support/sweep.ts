import { channelOf, type Sound } from './audio.ts';
import type { Sound as MadeSound } from './media.ts';

/** The frequency of a sweep shows the position in the source, so a change of speed or a skip is found exactly. */
const START_HZ = 300;
const HZ_PER_SECOND = 100;

/** A sweep of this length, for `MediaFolder.make`. */
export function sweep(seconds: number): MadeSound {
  const phase = `2*PI*(${START_HZ}*t+${HZ_PER_SECOND / 2}*t*t)`;
  return { lavfi: `aevalsrc=0.3*sin(${phase})|0.3*sin(${phase}):s=48000:d=${seconds}` };
}

/** The positions in the source of a part of the output: `source ≈ offset + speed × output`, seconds. */
export type Line = { readonly speed: number; readonly offset: number; readonly error: number };

/** Fits a line to a part of the output (seconds from, to) by least squares. */
export function lineOf(sound: Sound, from: number, to: number): Line {
  const points = periodsOf(sound, from, to).map(({ at, hertz }) => ({
    at,
    source: (hertz - START_HZ) / HZ_PER_SECOND,
  }));
  const mean = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, p) => sum + of(p), 0) / points.length;
  const [x, y] = [mean(({ at }) => at), mean(({ source }) => source)];
  const speed = mean(({ at, source }) => (at - x) * (source - y)) / mean(({ at }) => (at - x) ** 2);
  const offset = y - speed * x;
  return { speed, offset, error: Math.max(...points.map(({ at, source }) => Math.abs(source - offset - speed * at))) };
}

/** The second of the output at which two lines meet. */
export function kinkOf(before: Line, after: Line): number {
  return (after.offset - before.offset) / (before.speed - after.speed);
}

/** The position and frequency of each period of the first channel between two seconds of the output. */
function periodsOf(sound: Sound, from: number, to: number): { readonly at: number; readonly hertz: number }[] {
  const signal = channelOf(sound);
  const rises: number[] = [];
  for (let index = Math.floor(from * sound.rate); index < Math.min(to * sound.rate, signal.length - 1); index += 1) {
    const [now = 0, next = 0] = [signal[index], signal[index + 1]];
    if (now < 0 && next >= 0) rises.push((index - now / (next - now)) / sound.rate);
  }
  return rises.slice(1).map((rise, index) => {
    const before = rises[index] ?? 0;
    return { at: (rise + before) / 2, hertz: 1 / (rise - before) };
  });
}

/** The largest difference between two samples in a part of the output (seconds from, to), full scale at 1. */
export function largestStep(sound: Sound, from = 0, to = Number.POSITIVE_INFINITY): number {
  const signal = channelOf(sound).slice(
    Math.floor(from * sound.rate),
    Math.min(to * sound.rate, Number.MAX_SAFE_INTEGER),
  );
  return signal.reduce(
    (largest, sample, index) => Math.max(largest, Math.abs(sample - (signal[index - 1] ?? sample))),
    0,
  );
}

/** A part of a sound, seconds from, to. */
export function stretch({ rate, channels, samples }: Sound, from: number, to: number): Sound {
  return {
    rate,
    channels,
    samples: samples.slice(Math.round(from * rate) * channels, Math.round(to * rate) * channels),
  };
}

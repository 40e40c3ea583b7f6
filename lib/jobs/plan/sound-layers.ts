import { SHORTEST_SECONDS } from './input-range.ts';
import type { SoundLayer, SoundMix } from './planned-mix.ts';
import { SAMPLE_RATE } from './rates.ts';
import { isHeard, type PlacedSound, type SoundProgram } from './sound-program.ts';
import type { Range } from './timeline-range.ts';

type GridOptions = {
  /** Length of the timeline: exact, and as it is made. */
  readonly length: number;
  readonly samples: number;
};

/** Puts a program on the grid of samples. Each time is rounded by itself, so nothing drifts. */
export function mixOf({ base, added }: SoundProgram, options: GridOptions): SoundMix {
  const layers = added.map((sound, index) =>
    layerOf(sound, { ...options, isFirst: base === 'silence' && index === 0 }),
  );
  return { base, layers: layers.filter(({ added: heard, original }) => heard !== null || original !== null) };
}

type LayerOptions = GridOptions & { readonly isFirst: boolean };

function layerOf(sound: PlacedSound, options: LayerOptions): SoundLayer {
  const { original, step } = sound;
  const isKept = options.isFirst || original.volume === 1;
  const { first, last } = samplesIn(original, options);
  const changed =
    isKept || last <= first ? null : { firstSample: first, samples: last - first, volume: original.volume };
  return { step, added: addedOf(sound, options), original: changed };
}

/** A part that is shorter is written several times, so that a seek in its file is rare. */
const LONG_SAMPLES = 10 * SAMPLE_RATE;

function addedOf(sound: PlacedSound, options: LayerOptions): SoundLayer['added'] {
  const { source, part, begins, heard, volume, duck, isLooped } = sound;
  const { first, last } = samplesIn(heard, options);
  if (!isHeard(heard) || last <= first || volume === 0) return null;
  const fades = [
    { kind: 'in', ...faded(sound.fadeIn) },
    { kind: 'out', ...faded(sound.fadeOut) },
  ] as const;
  const felt = fades.filter(({ samples, first: at }) => samples > 0 && at < last && at + samples > first);
  // A fade that began before what is heard is made from its start on, and cut.
  const opened = Math.min(first, ...felt.map((fade) => fade.first));
  const period = Math.max(1, Math.round((part.to - part.from) * SAMPLE_RATE));
  const since = opened - sampleOf(begins);
  return {
    source: { ...source, from: part.from + (isLooped ? 0 : since / SAMPLE_RATE) },
    bed: isLooped
      ? { samples: period, times: Math.ceil(LONG_SAMPLES / period), skipped: remainder(since, period) }
      : null,
    ...{ firstSample: first, samples: last - first, lead: first - opened, volume, duck },
    fades: felt.map(({ kind, samples, first: at }) => ({ kind, samples, firstSample: at - opened })),
  };
}

function faded({ from, to }: Range) {
  return { first: sampleOf(from), samples: sampleOf(to) - sampleOf(from) };
}

/** What reaches the exact end reaches the end as it is made. */
function samplesIn({ from, to }: Range, { length, samples }: GridOptions) {
  const last = to >= length - SHORTEST_SECONDS ? samples : Math.min(samples, sampleOf(to));
  return { first: Math.min(samples, sampleOf(from)), last };
}

function sampleOf(seconds: number): number {
  return Math.round(seconds * SAMPLE_RATE);
}

/** The remainder of a division, never negative. */
function remainder(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

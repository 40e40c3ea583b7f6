import { createHash } from 'node:crypto';
import type { Sound } from '../../test/support/audio.ts';
import { logSpectralDistance } from '../support/spectral-distance.ts';
import { median } from '../support/statistics.ts';
import { aligned, delayOf, type Pair } from './alignment.ts';
import type { NamedSound } from './corpus.ts';
import { type Encoder, encode } from './encoding.ts';
import { listenTo } from './noise-to-mask.ts';

/** The measures of each sound: noise-to-mask ratio (mean and 95th percentile of frames), and log-spectral distance. */
export const MEASURES = ['nmr', 'nmrP95', 'lsd'] as const;
export type Measure = (typeof MEASURES)[number];

/** Each measure in dB. Less is better. */
export type Quality = Readonly<Record<Measure, number>>;

/** The result of an encoder over all sounds with equal weight; `bitrate` in bit/s. */
export type Judgement = Quality & { readonly bitrate: number; readonly bySound: ReadonlyMap<string, Quality> };

export type Judge = (encoder: Encoder) => Promise<Judgement>;

/** Above this, little is audible or kept by encoders. */
const HIGHEST_HERTZ = 16_000;

/** Judges encoders with these sounds. */
export function createJudge(sounds: readonly NamedSound[]): Judge {
  const listeners = sounds.map(({ sound }) => listenTo(sound));
  /** Different options of an encoder may have the same output. */
  const known = new Map<string, ReadonlyMap<string, Quality>>();

  function qualities(heard: readonly Sound[]): ReadonlyMap<string, Quality> {
    return new Map(
      sounds.map(({ name, sound }, index) => {
        const coded = heard[index] ?? sound;
        const { mean = Number.NaN, p95 = Number.NaN } = listeners[index]?.(coded) ?? {};
        return [name, { nmr: mean, nmrP95: p95, lsd: logSpectralDistance(sound, coded, HIGHEST_HERTZ) }];
      }),
    );
  }

  return async (encoder) => {
    const pairs: (Pair & { readonly bitrate: number })[] = [];
    for (const { sound } of sounds) {
      const { sound: coded, bitrate } = await encode(encoder, sound);
      pairs.push({ original: sound, coded, bitrate });
    }
    // An encoder has the same delay for every sound. A single sound may mislead when low tones are shifted in phase.
    const delay = median(pairs.map(delayOf));
    const heard = pairs.map((pair) => aligned(pair, delay));
    const key = digestOf(heard);
    const bySound = known.get(key) ?? qualities(heard);
    known.set(key, bySound);
    const averages = MEASURES.map((measure) => [measure, average([...bySound.values()].map((of) => of[measure]))]);
    const quality = Object.fromEntries(averages) as Quality;
    return { ...quality, bitrate: average(pairs.map(({ bitrate }) => bitrate)), bySound };
  };
}

function digestOf(sounds: readonly Sound[]): string {
  const hash = createHash('sha256');
  for (const { samples } of sounds) hash.update(samples);
  return hash.digest('hex');
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

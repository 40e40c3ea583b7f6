import { decimal } from './numbers.ts';

/** Centre frequencies of the ten bands, Hz: one octave apart (ISO 266, rounded as equalisers label them). */
export const EQUALIZER_BANDS = [31, 62, 125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000] as const;

export const EQ_PRESETS = ['flat', 'bass_boost', 'voice', 'treble'] as const;
export type EqPreset = (typeof EQ_PRESETS)[number];

export type Equalization = {
  readonly eqPreset: EqPreset;
  /** Ten gains in dB, −12–12; undefined for none. */
  readonly equalizer: readonly number[] | undefined;
};

/** One biquad, which changes nothing at a gain of 0 dB. */
export type Section = {
  /** ffmpeg's filter, with a label that tells it from others of its kind. */
  readonly name: `${'bass' | 'treble' | 'equalizer'}@${string}`;
  /** The filter's options but the gain. */
  readonly options: string;
  readonly gain: number;
  /** The highest frequency it needs to be below half the sample rate. */
  readonly reach: number;
};

/** The sections that can exist at a sample rate (Hz), low ones first, those at 0 dB included. */
export function equalizerSections({ eqPreset, equalizer }: Equalization, sampleRate: number): Section[] {
  const shelves = SHELVES.map(({ preset, filter, frequency, width, gain }): Section => {
    const options = `frequency=${frequency}:width_type=q:width=${width}`;
    return { name: `${filter}@${preset}`, options, gain: preset === eqPreset ? gain : 0, reach: frequency };
  });
  const bands = EQUALIZER_BANDS.map((frequency, band): Section => {
    const options = `frequency=${frequency}:width_type=o:width=1`;
    return { name: `equalizer@${frequency}hz`, options, gain: equalizer?.[band] ?? 0, reach: frequency };
  });
  return [...shelves, ...bands].filter(({ reach }) => reach < sampleRate / 2);
}

/** A section as a filter graph has it; commands need its label. */
export function sectionFilter({ name, options, gain }: Section, { labelled }: { labelled: boolean }): string {
  const filter = labelled ? name : filterOf(name);
  return `${filter}=${options}:gain=${decimal(gain)}`;
}

/** The filter of an instance: what stands before its label. */
export function filterOf(name: string): string {
  return name.replace(/@.*/, '');
}

type Shelf = {
  readonly preset: EqPreset;
  readonly filter: 'bass' | 'treble';
  /** Of half the gain, Hz. */
  readonly frequency: number;
  /** As ffmpeg takes it: a shelf of 0.5 has no hump next to it, one of 0.7 and little gain none that is heard. */
  readonly width: number;
  readonly gain: number;
};

/**
 * A shelf has half its gain at its own frequency, so it stands an octave away from where its full gain is wanted: +6 dB by
 * 100 Hz, +4 dB by 8 kHz, measured within 0.3 dB. The band of `voice` is cut by shelves too,
 * −3 dB at 200 Hz and 3 kHz: a high-pass or low-pass that is moved out of the way while it plays throws its output
 * against the ceiling, a shelf that goes back to 0 dB does not.
 */
const SHELVES: readonly Shelf[] = [
  { preset: 'bass_boost', filter: 'bass', frequency: 220, width: 0.7, gain: 6 },
  { preset: 'voice', filter: 'bass', frequency: 95, width: 0.5, gain: -26 },
  { preset: 'voice', filter: 'treble', frequency: 6_800, width: 0.5, gain: -26 },
  { preset: 'treble', filter: 'treble', frequency: 4_500, width: 0.7, gain: 4 },
];

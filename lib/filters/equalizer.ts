import { decimal } from './numbers.ts';

/** Centre frequencies of the ten bands, Hz: one octave apart (ISO 266, rounded to the usual labels of equalisers). */
export const EQUALIZER_BANDS = [31, 62, 125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000] as const;

export const EQ_PRESETS = ['flat', 'bass_boost', 'voice', 'treble'] as const;
export type EqPreset = (typeof EQ_PRESETS)[number];

export type Equalization = {
  readonly eqPreset: EqPreset;
  /** Ten gains in dB, −12–12; undefined for none. */
  readonly equalizer: readonly number[] | undefined;
};

/** One biquad. At a gain of 0 dB it changes nothing. */
export type Section = {
  /** ffmpeg's filter, with a label that distinguishes it from other instances. */
  readonly name: `${'bass' | 'treble' | 'equalizer'}@${string}`;
  /** The filter's options without the gain. */
  readonly options: string;
  readonly gain: number;
  /** The section is possible only if this frequency, Hz, is below half the sample rate. */
  readonly reach: number;
};

/** Returns the sections that are possible at a sample rate (Hz), including those at 0 dB, low frequencies first. */
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

/** Formats a section for a filter graph. Commands need its label. */
export function sectionFilter({ name, options, gain }: Section, { labelled }: { labelled: boolean }): string {
  const filter = labelled ? name : filterOf(name);
  return `${filter}=${options}:gain=${decimal(gain)}`;
}

/** Returns the filter of an instance name: the part before its label. */
export function filterOf(name: string): string {
  return name.replace(/@.*/, '');
}

type Shelf = {
  readonly preset: EqPreset;
  readonly filter: 'bass' | 'treble';
  /** Frequency at which the gain is half, Hz. */
  readonly frequency: number;
  /** ffmpeg's `width`, a Q. A shelf of 0.5 has no overshoot; one of 0.7 with a small gain has none that is audible. */
  readonly width: number;
  readonly gain: number;
};

/**
 * A shelf has half its gain at its own frequency, so that frequency is an octave away from where the full gain is
 * wanted: +6 dB at 100 Hz, +4 dB at 8 kHz, measured within 0.3 dB. `voice` also uses shelves, with −3 dB at 200 Hz and
 * 3 kHz: moving a high-pass or low-pass out of the way during playback makes its output clip; returning a shelf to 0 dB
 * does not.
 */
const SHELVES: readonly Shelf[] = [
  { preset: 'bass_boost', filter: 'bass', frequency: 220, width: 0.7, gain: 6 },
  { preset: 'voice', filter: 'bass', frequency: 95, width: 0.5, gain: -26 },
  { preset: 'voice', filter: 'treble', frequency: 6_800, width: 0.5, gain: -26 },
  { preset: 'treble', filter: 'treble', frequency: 4_500, width: 0.7, gain: 4 },
];

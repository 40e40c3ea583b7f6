import { decimal } from './numbers.ts';

/** Centre frequencies of the ten bands, Hz: one octave apart (ISO 266, rounded as equalisers label them). */
export const EQUALIZER_BANDS = [31, 62, 125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000] as const;

export const EQ_PRESETS = ['flat', 'bass_boost', 'voice', 'treble'] as const;
export type EqPreset = (typeof EQ_PRESETS)[number];

/** One biquad: its filter, and the highest frequency it needs to be below half the sample rate. */
type Section = { readonly filter: string; readonly reach: number };

/**
 * Butterworth shelves and passes. A shelf has half its gain at its own frequency, so it stands an octave away from
 * where its full gain is wanted: +6 dB by 100 Hz, +4 dB by 8 kHz, measured within 0.3 dB.
 */
const PRESETS: Readonly<Record<EqPreset, readonly Section[]>> = {
  flat: [],
  bass_boost: [{ filter: 'bass=frequency=220:width_type=q:width=0.707:gain=6', reach: 220 }],
  voice: [
    { filter: 'highpass=frequency=200:width_type=q:width=0.707', reach: 200 },
    { filter: 'lowpass=frequency=3000:width_type=q:width=0.707', reach: 3_000 },
  ],
  treble: [{ filter: 'treble=frequency=4500:width_type=q:width=0.707:gain=4', reach: 4_500 }],
};

/** The filters of a preset; what cannot exist at the sample rate (Hz) is left out. */
export function eqPresetFilters(preset: EqPreset, sampleRate: number): string[] {
  return audible(PRESETS[preset], sampleRate);
}

/** The filters of a ten-band equaliser (gains in dB); bands at 0 dB, or above half the sample rate, are left out. */
export function equalizerFilters(gains: readonly number[], sampleRate: number): string[] {
  const sections = EQUALIZER_BANDS.map((frequency, band) => ({
    filter: `equalizer=frequency=${frequency}:width_type=o:width=1:gain=${decimal(gains[band] ?? 0)}`,
    reach: frequency,
    gain: gains[band] ?? 0,
  }));
  return audible(
    sections.filter(({ gain }) => gain !== 0),
    sampleRate,
  );
}

function audible(sections: readonly Section[], sampleRate: number): string[] {
  return sections.filter(({ reach }) => reach < sampleRate / 2).map(({ filter }) => filter);
}

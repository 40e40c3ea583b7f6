import { liveOf, type PlaybackSettings, profileOf } from '#lib/playback/settings.ts';
import { AAC_FRAME_SAMPLES, OPUS_FRAME_MS, type OutputFormat } from '#lib/profiles/audio.ts';
import { createAdtsJoiner } from './adts-joiner.ts';
import type { Joiner } from './joiner.ts';
import { createOggOpusJoiner } from './ogg-opus-joiner.ts';
import { createPcmJoiner } from './pcm-joiner.ts';

/** How a stream is split into units and joined again. */
export type UnitFormat = {
  /** Samples per unit, at the output's rate. */
  readonly unitSamples: number;
  /** Units to encode before a position: encoders and filters need the audio that precedes it. */
  readonly leadUnits: number;
  /** An encoder may begin at multiples of this number of units. */
  readonly gridUnits: number;
  /** `serial` is the serial number of the logical stream in Ogg. */
  createJoiner(serial: number): Joiner;
};

/** Seconds after which earlier audio no longer affects a filter's output. */
export const FILTER_MEMORY_SECONDS = 1;
/** Packets until an Opus decoder has converged (RFC 7845, 4.6: 80 ms), and frames that affect an AAC frame. */
export const LEAD_UNITS = { opus: 12, aac: 8 } as const;
/** A stretcher at speed 1 counts its cuts from its start: when it starts on this grid, it cuts at the same places. */
export const STRETCHER_GRID_SAMPLES = 8_192;

const FORMATS: Readonly<Record<OutputFormat, (settings: PlaybackSettings) => UnitFormat>> = {
  pcm(settings) {
    const hasMemory = settings.filters.equalizer !== undefined || (settings.filters.eq_preset ?? 'flat') !== 'flat';
    const isLive = liveOf(settings) !== undefined;
    return {
      unitSamples: 1,
      leadUnits: hasMemory || isLive ? FILTER_MEMORY_SECONDS * settings.sampleRate : 0,
      gridUnits: isLive ? STRETCHER_GRID_SAMPLES : 1,
      createJoiner: () => createPcmJoiner(settings.channels),
    };
  },
  aac: () => ({
    unitSamples: AAC_FRAME_SAMPLES,
    leadUnits: LEAD_UNITS.aac,
    gridUnits: 1,
    createJoiner: () => createAdtsJoiner(),
  }),
  opus(settings) {
    const unitMs = OPUS_FRAME_MS[profileOf(settings).preset];
    return {
      unitSamples: (settings.sampleRate * unitMs) / 1_000,
      leadUnits: LEAD_UNITS.opus,
      gridUnits: 1,
      createJoiner: (serial) => createOggOpusJoiner(unitMs, serial),
    };
  },
};

export function unitFormat(settings: PlaybackSettings): UnitFormat {
  return FORMATS[settings.format](settings);
}

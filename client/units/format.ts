import { liveOf, type PlaybackSettings, profileOf } from '#lib/playback/settings.ts';
import { AAC_FRAME_SAMPLES, OPUS_FRAME_MS, type OutputFormat } from '#lib/profiles/audio.ts';
import { createAdtsJoiner } from './adts-joiner.ts';
import type { Joiner } from './joiner.ts';
import { createOggOpusJoiner } from './ogg-opus-joiner.ts';
import { createPcmJoiner } from './pcm-joiner.ts';

/** How a stream of some settings is taken apart and put together again. */
export type UnitFormat = {
  /** Samples of one unit, at the output's rate. */
  readonly unitSamples: number;
  /** Units that lead up to a place: encoders and filters have to have heard what precedes it. */
  readonly leadUnits: number;
  /** Places where an encoder may begin are multiples of so many units. */
  readonly gridUnits: number;
  /** The serial number is that of the logical stream, where there is such a thing. */
  createJoiner(serial: number): Joiner;
};

/** Seconds after which filters have forgotten what they were not fed with. */
const FILTER_MEMORY_SECONDS = 1;
/** Packets after which an Opus decoder has converged (RFC 7845, 4.6: 80 ms), and frames that shape an AAC frame. */
const LEAD_UNITS = { opus: 12, aac: 8 } as const;
/** Where a stretcher at speed 1 cuts is counted from where it began: only so does it cut at the same places again. */
const STRETCHER_GRID_SAMPLES = 8_192;

const FORMATS: Readonly<Record<OutputFormat, (settings: PlaybackSettings) => UnitFormat>> = {
  pcm(settings) {
    const hasMemory = settings.filters.equalizer !== undefined || (settings.filters.eq_preset ?? 'flat') !== 'flat';
    const isLive = liveOf(settings) !== undefined;
    return {
      unitSamples: 1,
      leadUnits: hasMemory || isLive ? FILTER_MEMORY_SECONDS * settings.sample_rate : 0,
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
      unitSamples: (settings.sample_rate * unitMs) / 1_000,
      leadUnits: LEAD_UNITS.opus,
      gridUnits: 1,
      createJoiner: (serial) => createOggOpusJoiner(unitMs, serial),
    };
  },
};

export function unitFormat(settings: PlaybackSettings): UnitFormat {
  return FORMATS[settings.output_format](settings);
}

import type { z } from 'zod';
import type { AudioChain, LiveChain } from '#lib/filters/audio.ts';
import { ADJUSTABLE, type Adjustable } from '#lib/filters/live.ts';
import {
  type AudioProfile,
  audioProfile,
  type OutputFormat,
  type QualityPreset,
  type SampleRate,
} from '#lib/profiles/audio.ts';
import type { FILTERS } from './filter-fields.ts';

type Parsed = z.output<typeof FILTERS>;

/** Filters as requests and answers write them. */
export type Filters = {
  readonly [Name in keyof Parsed]: Parsed[Name] extends number[] | undefined
    ? readonly number[] | undefined
    : Parsed[Name];
};

/** A change of filters; what is absent stays. */
export type FilterPatch = { readonly [Name in keyof Filters]?: Filters[Name] | undefined };

/** What is to be played, and how: a request without its source, in the words of this code (`settingsOf`). */
export type PlaybackSettings = {
  readonly format: OutputFormat;
  readonly preset: QualityPreset;
  /** bit/s; the preset's when undefined. */
  readonly bitrate: number | undefined;
  /** Hz. */
  readonly sampleRate: SampleRate;
  readonly channels: 1 | 2;
  readonly filters: Filters;
  /** Seconds into the source. */
  readonly startAt: number;
  /** Seconds of source; all when undefined. */
  readonly duration: number | undefined;
  readonly live: boolean;
  readonly adjust: readonly Adjustable[] | undefined;
  readonly leadSeconds: number | undefined;
};

export function profileOf(settings: PlaybackSettings): AudioProfile {
  return audioProfile(settings);
}

/** What may change in a live stream whose request does not say. */
export const DEFAULT_ADJUST: readonly Adjustable[] = ['speed', 'equalizer', 'volume'];
/** How far ahead of real time a live stream may run. */
export const LEAD_SECONDS = { min: 0.2, max: 30, usual: 2 } as const;

/** How a live stream is paced and what may change in it; undefined for one that is not live. */
export function liveOf(settings: PlaybackSettings): LiveChain | undefined {
  if (!settings.live) return undefined;
  const named = settings.adjust ?? DEFAULT_ADJUST;
  return {
    // Each once, and in one order, however they were named.
    adjust: ADJUSTABLE.filter((name) => named.includes(name)),
    leadSeconds: settings.leadSeconds ?? LEAD_SECONDS.usual,
  };
}

/** Filters as a chain takes them. */
export function chainFilters({
  speed,
  pitch,
  eq_preset: eqPreset = 'flat',
  equalizer,
  volume,
}: Filters): AudioChain['filters'] {
  return { speed, pitch, eqPreset, equalizer, volume };
}

import type { z } from 'zod';
import type { AudioChain, LiveChain } from '#lib/filters/audio.ts';
import { ADJUSTABLE, type Adjustable } from '#lib/filters/live.ts';
import { type AudioProfile, audioProfile } from '#lib/profiles/audio.ts';
import type { FILTERS } from './filter-fields.ts';

type Parsed = z.output<typeof FILTERS>;

/** Filters as requests and responses write them. */
export type Filters = {
  readonly [Name in keyof Parsed]: Parsed[Name] extends number[] | undefined
    ? readonly number[] | undefined
    : Parsed[Name];
};

/** A change of filters; what is absent stays. */
export type FilterPatch = { readonly [Name in keyof Filters]?: Filters[Name] | undefined };

/** What to play, and how: a request without its source, in the names of this code (`settingsOf`). */
export type PlaybackSettings = AudioProfile & {
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

/** What may change in a live stream that names nothing. */
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
export function chainFilters({ eq_preset: eqPreset = 'flat', equalizer, ...filters }: Filters): AudioChain['filters'] {
  return { ...filters, eqPreset, equalizer };
}

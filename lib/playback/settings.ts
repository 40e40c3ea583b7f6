import type { z } from 'zod';
import type { AudioChain, LiveChain } from '#lib/filters/audio.ts';
import { ADJUSTABLE, type Adjustable } from '#lib/filters/live.ts';
import { type AudioProfile, audioProfile } from '#lib/profiles/audio.ts';
import type { FILTERS } from './filter-fields.ts';

type Parsed = z.output<typeof FILTERS>;

/** Filters as in requests and responses. */
export type Filters = {
  readonly [Name in keyof Parsed]: Parsed[Name] extends number[] | undefined
    ? readonly number[] | undefined
    : Parsed[Name];
};

/** A change of filters. Absent ones stay as they are. */
export type FilterPatch = { readonly [Name in keyof Filters]?: Filters[Name] | undefined };

/** What to play and how: a request without its source, with the names and units of this code (`settingsOf`). */
export type PlaybackSettings = AudioProfile & {
  readonly filters: Filters;
  /** Start position in the source, seconds. */
  readonly startAt: number;
  /** Seconds of the source to play; to its end when undefined. */
  readonly duration: number | undefined;
  readonly live: boolean;
  readonly adjust: readonly Adjustable[] | undefined;
  readonly leadSeconds: number | undefined;
};

export function profileOf(settings: PlaybackSettings): AudioProfile {
  return audioProfile(settings);
}

/** What may change in a live stream by default. */
export const DEFAULT_ADJUST: readonly Adjustable[] = ['speed', 'equalizer', 'volume'];
/** Seconds that a live stream may run ahead of real time. */
export const LEAD_SECONDS = { min: 0.2, max: 30, usual: 2 } as const;

/** Returns how a live stream is paced and what may change in it; undefined when it is not live. */
export function liveOf(settings: PlaybackSettings): LiveChain | undefined {
  if (!settings.live) return undefined;
  const named = settings.adjust ?? DEFAULT_ADJUST;
  return {
    // Without duplicates and in a fixed order.
    adjust: ADJUSTABLE.filter((name) => named.includes(name)),
    leadSeconds: settings.leadSeconds ?? LEAD_SECONDS.usual,
  };
}

/** Converts filters to the form that a filter chain takes. */
export function chainFilters({ eq_preset: eqPreset = 'flat', equalizer, ...filters }: Filters): AudioChain['filters'] {
  return { ...filters, eqPreset, equalizer };
}

import type { Adjustable } from '#lib/filters/live.ts';
import type { Filters, PlaybackSettings } from '#lib/playback/settings.ts';
import type { UnitFormat } from '../units/format.ts';
import { withoutIdleSpeed } from './idle-speed.ts';
import { planResume, type ResumePlan } from './resume-plan.ts';
import { createSourceMap } from './source-map.ts';

/** How far a stream has come, and with what settings it goes on from there. */
export type StreamPlace = {
  /** As they are now; another object whenever they have changed. */
  settings(): PlaybackSettings;
  givenSamples(): number;
  /** Of the source, as far as audio has been given. */
  positionSeconds(): number;
  /** What to ask the next encoder for; undefined when all has been given. */
  plan(aheadSeconds: number): ResumePlan | undefined;
  /** Another encoder goes on from here, with the settings as they are. */
  restart(): void;
  /** These filters are heard from that sample on. */
  take(change: { readonly filters: Filters; readonly atSample: number }): void;
  /** The next encoder is to be able to change these. */
  allow(adjust: readonly Adjustable[]): void;
};

export type StreamPlaceOptions = {
  readonly settings: PlaybackSettings;
  readonly format: UnitFormat;
  /** Units given so far. */
  readonly given: () => number;
};

export function createStreamPlace({ settings: first, format, given }: StreamPlaceOptions): StreamPlace {
  const { sample_rate: sampleRate, start_at: startAt, filters } = first;
  const sourceMap = createSourceMap({ startAt, speed: filters.speed, sampleRate });
  let settings = withoutIdleSpeed(first);
  const givenSamples = (): number => given() * format.unitSamples;
  return {
    settings: () => settings,
    givenSamples,
    positionSeconds: () => sourceMap.at(givenSamples()),
    plan: (aheadSeconds) => planResume({ settings, format, sourceMap, given: given(), aheadSeconds }),
    restart: () => sourceMap.restart(givenSamples(), settings.filters.speed),
    take({ filters: next, atSample }) {
      if (next.speed !== settings.filters.speed) sourceMap.changeSpeed(atSample, next.speed);
      settings = { ...settings, filters: next };
    },
    allow(adjust) {
      settings = { ...settings, adjust };
    },
  };
}

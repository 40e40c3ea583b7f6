import type { Adjustable } from '#lib/filters/live.ts';
import type { Filters, PlaybackSettings } from '#lib/playback/settings.ts';
import { createSourceClock } from '#lib/playback/source-clock.ts';
import type { UnitFormat } from '../units/format.ts';
import { withoutIdleSpeed } from './idle-speed.ts';
import { planResume, type ResumePlan } from './resume-plan.ts';

/** The position of a stream, and the settings it goes on with from there. */
export type StreamPosition = {
  /** As they are now; another object whenever they have changed. */
  settings(): PlaybackSettings;
  givenSamples(): number;
  /** In the source, as far as audio has been given. */
  positionSeconds(): number;
  /** What to request from the next encoder; undefined when all has been given. */
  plan(aheadSeconds: number): ResumePlan | undefined;
  /** Another encoder goes on from here, with the settings as they are. */
  restart(): void;
  /** These filters are in force from that sample on. */
  take(change: { readonly filters: Filters; readonly atSample: number }): void;
  /** The next encoder is to be able to change these. */
  allow(adjust: readonly Adjustable[]): void;
};

export type StreamPositionOptions = {
  readonly settings: PlaybackSettings;
  readonly format: UnitFormat;
  /** Units given so far. */
  readonly given: () => number;
};

export function createStreamPosition({ settings: first, format, given }: StreamPositionOptions): StreamPosition {
  const { sampleRate, startAt, filters } = first;
  const sourceClock = createSourceClock({ startAt, speed: filters.speed });
  let settings = withoutIdleSpeed(first);
  const givenSamples = (): number => given() * format.unitSamples;
  const givenSeconds = (): number => givenSamples() / sampleRate;
  return {
    settings: () => settings,
    givenSamples,
    positionSeconds: () => sourceClock.at(givenSeconds()),
    plan: (aheadSeconds) => planResume({ settings, format, sourceClock, given: given(), aheadSeconds }),
    restart: () => sourceClock.restart(givenSeconds(), settings.filters.speed),
    take({ filters: next, atSample }) {
      if (next.speed !== settings.filters.speed) sourceClock.changeSpeed(atSample / sampleRate, next.speed);
      settings = { ...settings, filters: next };
    },
    allow(adjust) {
      settings = { ...settings, adjust };
    },
  };
}

import type { Adjustable } from '#lib/filters/live.ts';
import type { Filters, PlaybackSettings } from '#lib/playback/settings.ts';
import { createSourceClock } from '#lib/playback/source-clock.ts';
import type { UnitFormat } from '../units/format.ts';
import { withoutIdleSpeed } from './idle-speed.ts';
import { planResume, type ResumePlan } from './resume-plan.ts';

/** The position of a stream, and the settings with which it continues. */
export type StreamPosition = {
  /** The current settings; a new object after each change. */
  settings(): PlaybackSettings;
  givenSamples(): number;
  /** The position in the source of the output so far, seconds. */
  positionSeconds(): number;
  /** Returns the request for the next encoder; undefined when the stream is complete. */
  plan(aheadSeconds: number): ResumePlan | undefined;
  /** Another encoder continues from here, with the current settings. */
  restart(): void;
  /** Sets the filters that are in force from that sample on. */
  take(change: { readonly filters: Filters; readonly atSample: number }): void;
  /** Sets the filters that the next encoder must be able to change. */
  allow(adjust: readonly Adjustable[]): void;
};

export type StreamPositionOptions = {
  readonly settings: PlaybackSettings;
  readonly format: UnitFormat;
  /** Units of output so far. */
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

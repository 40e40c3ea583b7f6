import { LEAD_SECONDS, liveOf, type PlaybackSettings } from '#lib/playback/settings.ts';
import type { SourceClock } from '#lib/playback/source-clock.ts';
import type { UnitFormat } from '../units/format.ts';

/** What to request from the next encoder, and how its stream joins what was given. */
export type ResumePlan = {
  /** The unit of the whole that its first unit is. */
  readonly atUnit: number;
  /** Its units that were given already. */
  readonly drop: number;
  readonly settings: PlaybackSettings;
};

export type ResumeOptions = {
  /** The settings of the first request, with its filters as they are now. */
  readonly settings: PlaybackSettings;
  readonly format: UnitFormat;
  readonly sourceClock: Pick<SourceClock, 'at'>;
  /** Units given so far. */
  readonly given: number;
  /** Seconds the output is ahead of real time. */
  readonly aheadSeconds: number;
};

/** The error of a sum of floating point numbers, in units. */
const ROUNDING = 1e-6;

/**
 * Plans to go on after what was given. The encoder begins some units earlier, which are dropped, so that the preceding
 * audio has shaped its filters and the first units that count. Undefined when the whole request has been given.
 */
export function planResume({
  settings,
  format,
  sourceClock,
  given,
  aheadSeconds,
}: ResumeOptions): ResumePlan | undefined {
  const { unitSamples, leadUnits, gridUnits } = format;
  const { speed } = settings.filters;
  const unitSeconds = unitSamples / settings.sampleRate;
  const position = sourceClock.at((given * unitSamples) / settings.sampleRate);
  const earliest = Math.max(0, given - leadUnits);
  // Nothing precedes the source's beginning, which a higher speed than before would have to come from.
  const there = Math.floor(position / speed / unitSeconds + ROUNDING);
  const drop = Math.min(given - (earliest - (earliest % gridUnits)), there);
  const atUnit = given - drop;
  const leadUpSeconds = drop * unitSeconds;
  const startAt = Math.max(0, position - leadUpSeconds * speed);
  const left = rest(settings, startAt - settings.startAt);
  if (given > 0 && isNothing({ startAt, ...left }, settings)) return undefined;
  const request = {
    ...settings,
    startAt,
    ...left,
    ...lead(settings, aheadSeconds - leadUpSeconds),
  };
  return { atUnit, drop, settings: request };
}

/** Returns what is left of a duration. */
function rest({ duration }: PlaybackSettings, gone: number): Pick<PlaybackSettings, 'duration'> {
  return { duration: duration === undefined ? undefined : duration - gone };
}

/** Whether the requested part has no sample in it; a request for nothing is not possible. */
function isNothing(
  { startAt, duration }: { startAt: number; duration?: number | undefined },
  { sampleRate }: PlaybackSettings,
): boolean {
  return duration !== undefined && Math.round((startAt + duration) * sampleRate) <= Math.round(startAt * sampleRate);
}

/** Subtracts what is ahead of real time already; dropped units take no time. */
function lead(settings: PlaybackSettings, ahead: number): Pick<PlaybackSettings, 'leadSeconds'> {
  const live = liveOf(settings);
  if (live === undefined) return { leadSeconds: settings.leadSeconds };
  const wanted = live.leadSeconds - ahead;
  return { leadSeconds: Math.min(LEAD_SECONDS.max, Math.max(LEAD_SECONDS.min, wanted)) };
}

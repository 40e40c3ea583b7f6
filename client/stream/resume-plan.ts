import { LEAD_SECONDS, liveOf, type PlaybackSettings } from '#lib/playback/settings.ts';
import type { SourceClock } from '#lib/playback/source-clock.ts';
import type { UnitFormat } from '../units/format.ts';

/** The request for the next encoder, and how its stream joins the output so far. */
export type ResumePlan = {
  /** The number of its first unit within the whole stream. */
  readonly atUnit: number;
  /** The number of its first units that are dropped. */
  readonly drop: number;
  readonly settings: PlaybackSettings;
};

export type ResumeOptions = {
  /** The settings of the first request, with the current filters. */
  readonly settings: PlaybackSettings;
  readonly format: UnitFormat;
  readonly sourceClock: Pick<SourceClock, 'at'>;
  /** Units of output so far. */
  readonly given: number;
  /** Seconds the output is ahead of real time. */
  readonly aheadSeconds: number;
};

/** Tolerance for a sum of floating point numbers, in units. */
const ROUNDING = 1e-6;

/**
 * Plans how to continue after the output so far. The encoder starts some units earlier, which are dropped, so that the
 * preceding audio has affected its filters and first units. Returns undefined when the whole request is complete.
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
  // At a higher speed than before, the units to drop may reach back before the beginning of the source.
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

/** Returns the remaining duration. */
function rest({ duration }: PlaybackSettings, gone: number): Pick<PlaybackSettings, 'duration'> {
  return { duration: duration === undefined ? undefined : duration - gone };
}

/** Whether the requested part contains no sample; such a request would be refused. */
function isNothing(
  { startAt, duration }: { startAt: number; duration?: number | undefined },
  { sampleRate }: PlaybackSettings,
): boolean {
  return duration !== undefined && Math.round((startAt + duration) * sampleRate) <= Math.round(startAt * sampleRate);
}

/** Returns the lead less what is already ahead of real time; dropped units do not count. */
function lead(settings: PlaybackSettings, ahead: number): Pick<PlaybackSettings, 'leadSeconds'> {
  const live = liveOf(settings);
  if (live === undefined) return { leadSeconds: settings.leadSeconds };
  const wanted = live.leadSeconds - ahead;
  return { leadSeconds: Math.min(LEAD_SECONDS.max, Math.max(LEAD_SECONDS.min, wanted)) };
}

import type { PlaybackSettings } from '#lib/playback/settings.ts';

/**
 * How much later than the host an ffmpeg is scheduled. Live streams come first: they take little, and what they lack
 * is heard. `greedy`: audio that is not live, for a caller that runs more than its share. Each step of niceness gives a
 * process a fifth less of a busy processor: with 10, audio that is not live fell behind real time on a machine that did
 * other work, too.
 */
const NICENESS = { live: 2, unpaced: 5, greedy: 15 } as const;

export function nicenessOf({ live }: Pick<PlaybackSettings, 'live'>, isGreedy: boolean): number {
  if (live) return NICENESS.live;
  return isGreedy ? NICENESS.greedy : NICENESS.unpaced;
}

/** CPU time that even the shortest audio may take, seconds. */
const LEAST_SECONDS = 60;

export type ProcessorLimits = {
  /** Seconds of audio after which a stream is cut. */
  readonly maxDurationSeconds: number;
  /** For audio of the longest duration. */
  readonly maxCpuSeconds: number;
};

/**
 * Returns the most CPU time that ffmpeg may use for a request, in proportion to the audio that it may decode: a source of
 * a few kilobytes can contain hours of silence.
 */
export function cpuLimitSeconds(
  { startAt, duration = Number.POSITIVE_INFINITY }: Pick<PlaybackSettings, 'startAt' | 'duration'>,
  { maxDurationSeconds, maxCpuSeconds }: ProcessorLimits,
): number {
  const part = (startAt + Math.min(duration, maxDurationSeconds)) / maxDurationSeconds;
  return Math.ceil(Math.max(LEAST_SECONDS, maxCpuSeconds * part));
}

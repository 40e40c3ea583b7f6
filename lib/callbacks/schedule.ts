const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Waits after the first failed attempt, the second, and so on. After the last one a callback is given up. */
export const DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  1 * HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
];

/** Largest part of a wait by which it is longer or shorter. */
const JITTER = 0.2;

export type ScheduleOptions = {
  readonly delaysMs?: readonly number[];
  /** Returns numbers from 0 to 1; `Math.random` when absent. */
  readonly random?: () => number;
};

/**
 * Returns the wait after the n-th failed attempt, ms; undefined when there is no further attempt. The difference of two
 * random numbers spreads the attempts while most stay near the middle.
 */
export function delayAfter(
  failures: number,
  { delaysMs = DELAYS_MS, random = Math.random }: ScheduleOptions = {},
): number | undefined {
  const delayMs = delaysMs[failures - 1];
  return delayMs === undefined ? undefined : Math.round(delayMs * (1 + JITTER * (random() - random())));
}

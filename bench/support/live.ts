import type { Arrivals } from './orchestrator.ts';

/**
 * Returns the smallest buffer of a player, in seconds. The player begins when it has buffered the preroll, and plays in
 * real time until the last arrival. A negative value is an underrun; −∞ means that it never began.
 */
export function leastBuffered(arrivals: Arrivals, prerollSeconds: number): number {
  const first = arrivals.findIndex(([, audioSeconds]) => audioSeconds >= prerollSeconds);
  const [beganAt = 0] = arrivals[first] ?? [];
  if (first < 0) return Number.NEGATIVE_INFINITY;
  // The buffer is smallest just before an arrival.
  return arrivals.slice(first + 1).reduce((least, [at], index) => {
    const [, before = 0] = arrivals[first + index] ?? [];
    return Math.min(least, before - (at - beganAt));
  }, Number.POSITIVE_INFINITY);
}

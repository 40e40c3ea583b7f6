import type { Arrivals } from './orchestrator.ts';

/**
 * The least audio that a player ever had left, seconds: one that begins when so much has come, and then plays on in real
 * time. Below zero it would have fallen silent. What has come when the last of it came counts; −∞ when it never began.
 */
export function leastBuffered(arrivals: Arrivals, prerollSeconds: number): number {
  const first = arrivals.findIndex(([, audioSeconds]) => audioSeconds >= prerollSeconds);
  const [beganAt = 0] = arrivals[first] ?? [];
  if (first < 0) return Number.NEGATIVE_INFINITY;
  // Just before something comes, there is least left.
  return arrivals.slice(first + 1).reduce((least, [at], index) => {
    const [, before = 0] = arrivals[first + index] ?? [];
    return Math.min(least, before - (at - beganAt));
  }, Number.POSITIVE_INFINITY);
}

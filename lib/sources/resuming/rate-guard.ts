export type RateLimits = {
  /** What a source must bring on average while it is waited for. */
  readonly minBytesPerSecond: number;
  /** How long it may bring nothing at all, and the window of the average. */
  readonly windowMs: number;
};

/** Bounds the wait for a source; only time that is spent waiting is reported to it. */
export type RateGuard = {
  /** The longest wait for the next bytes; not above 0 when the source is too slow. */
  remainingMs(): number;
  /** Reports that `bytes` came after a wait of `waitedMs`. */
  record(waitedMs: number, bytes: number): void;
};

/** A bucket of waiting time: it starts full, waiting empties it, and bytes fill it at the least rate up to one window. */
export function createRateGuard({ minBytesPerSecond, windowMs }: RateLimits): RateGuard {
  let budgetMs = windowMs;
  return {
    remainingMs: () => budgetMs,
    record(waitedMs, bytes) {
      budgetMs = Math.min(windowMs, budgetMs - waitedMs + (bytes * 1000) / minBytesPerSecond);
    },
  };
}

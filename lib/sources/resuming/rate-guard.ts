export type RateLimits = {
  /** Lowest average rate of a source, counting only the time spent waiting for it. */
  readonly minBytesPerSecond: number;
  /** Longest time without any bytes, and the window of the average. */
  readonly windowMs: number;
};

/** Limits the wait for a source. Only time spent waiting is counted. */
export type RateGuard = {
  /** Returns the longest wait for the next bytes; 0 or less when the source is too slow. */
  remainingMs(): number;
  /** Records that `bytes` arrived after a wait of `waitedMs`. */
  record(waitedMs: number, bytes: number): void;
};

/** A bucket of waiting time. It starts with one window. Waiting drains it; bytes at the minimum rate refill it. */
export function createRateGuard({ minBytesPerSecond, windowMs }: RateLimits): RateGuard {
  let budgetMs = windowMs;
  return {
    remainingMs: () => budgetMs,
    record(waitedMs, bytes) {
      budgetMs = Math.min(windowMs, budgetMs - waitedMs + (bytes * 1000) / minBytesPerSecond);
    },
  };
}

/** How retries follow repeated failures. */
export type RestartPolicy = {
  /** Waits before consecutive attempts, ms; the last one repeats. */
  readonly delaysMs: readonly [number, ...number[]];
  /** Time of work after which earlier failures no longer count, ms, above 0. When absent, the caller resets them. */
  readonly steadyMs?: number;
  /** Consecutive failures after which it gives up; never when absent. */
  readonly maxFailures?: number;
};

export type Restart = {
  /** Consecutive failures, including this one. */
  readonly failures: number;
  /** Wait before the next attempt, ms; undefined for no further attempt. */
  readonly delayMs: number | undefined;
};

/** Returns the next step after a failure, with `failures` in a row before it and `steadyMs` of work since the last. */
export function afterFailure(
  { delaysMs, steadyMs: needed = Number.POSITIVE_INFINITY, maxFailures = Number.POSITIVE_INFINITY }: RestartPolicy,
  { failures: before, steadyMs = 0 }: { readonly failures: number; readonly steadyMs?: number },
): Restart {
  const failures = steadyMs >= needed ? 1 : before + 1;
  const delayMs = delaysMs[Math.min(failures, delaysMs.length) - 1] ?? delaysMs[0];
  return { failures, delayMs: failures > maxFailures ? undefined : delayMs };
}

/** Returns waits that double from `firstMs`, above 0, up to `longestMs`. */
export function doubling(firstMs: number, longestMs: number): [number, ...number[]] {
  if (!(firstMs > 0)) throw new RangeError('the first wait must be above 0 ms');
  return firstMs >= longestMs ? [longestMs] : [firstMs, ...doubling(firstMs * 2, longestMs)];
}

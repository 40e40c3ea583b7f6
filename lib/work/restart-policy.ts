/** How something that keeps failing is tried again. */
export type RestartPolicy = {
  /** Waits before consecutive attempts, ms; the last one repeats. */
  readonly delaysMs: readonly [number, ...number[]];
  /** How long it must have worked for its earlier failures to be forgotten, ms, above 0; the user forgets them when absent. */
  readonly steadyMs?: number;
  /** Failures in a row after which it is given up; never when absent. */
  readonly maxFailures?: number;
};

export type Restart = {
  /** Failures in a row, this one included. */
  readonly failures: number;
  /** Wait before the next attempt, ms; undefined when there is to be none. */
  readonly delayMs: number | undefined;
};

/** What follows a failure, after `failures` in a row before it and `steadyMs` milliseconds of work since the last. */
export function afterFailure(
  { delaysMs, steadyMs: needed = Number.POSITIVE_INFINITY, maxFailures = Number.POSITIVE_INFINITY }: RestartPolicy,
  { failures: before, steadyMs = 0 }: { readonly failures: number; readonly steadyMs?: number },
): Restart {
  const failures = steadyMs >= needed ? 1 : before + 1;
  const delayMs = delaysMs[Math.min(failures, delaysMs.length) - 1] ?? delaysMs[0];
  return { failures, delayMs: failures > maxFailures ? undefined : delayMs };
}

/** Waits that double from `firstMs`, above 0, to `longestMs`. */
export function doubling(firstMs: number, longestMs: number): [number, ...number[]] {
  if (!(firstMs > 0)) throw new RangeError('the first wait must be above 0 ms');
  return firstMs >= longestMs ? [longestMs] : [firstMs, ...doubling(firstMs * 2, longestMs)];
}

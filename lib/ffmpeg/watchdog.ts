export type WatchdogOptions = {
  /** Milliseconds without a sign of life after which the process counts as stalled. */
  readonly stallMs: number;
  /** A number that changes as long as the process does something: bytes taken, bytes given, seconds encoded. */
  readonly activity: () => number;
  /** True while the process cannot go on because nobody reads it: that is no stall. */
  readonly isHeldBack: () => boolean;
  readonly onStall: () => void;
};

/** Watches a process for signs of life; `onStall` is called at most once. Returns the stop. */
export function startWatchdog({ stallMs, activity, isHeldBack, onStall }: WatchdogOptions): () => void {
  let lastActivity = activity();
  let lastSign = performance.now();
  const timer = setInterval(
    () => {
      const now = performance.now();
      const current = activity();
      if (current !== lastActivity || isHeldBack()) lastSign = now;
      lastActivity = current;
      if (now - lastSign < stallMs) return;
      clearInterval(timer);
      onStall();
    },
    Math.max(10, stallMs / 8),
  );
  return () => clearInterval(timer);
}

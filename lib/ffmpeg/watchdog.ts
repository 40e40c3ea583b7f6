export type WatchdogOptions = {
  /** Milliseconds without a sign of life after which the process counts as stalled. */
  readonly stallMs: number;
  /** A number that changes as long as the process does something: bytes taken, bytes given, seconds encoded. */
  readonly activity: () => number;
  /** Processor time used so far: a process that works is alive, also while it gives nothing. */
  readonly cpuSeconds: () => number;
  /** True while the process cannot go on, and cannot be blamed for it: its reader or its source is not ready. */
  readonly isHeldBack: () => boolean;
  readonly onStall: () => void;
};

/**
 * The share of one processor that is work. An ffmpeg that hangs, but prints progress or polls a socket, was measured at
 * up to 0.8 % (5.1), one that decodes and discards or waits for a slow encoder at 40 % and more while others ran.
 */
const WORKING_SHARE = 0.03;
/** Processor time comes in ticks of 10 ms; less than a few of them is no sign of anything. */
const LEAST_WORK_SECONDS = 0.03;

/** Watches a process for signs of life; `onStall` is called at most once. Returns the stop. */
export function startWatchdog({ stallMs, activity, cpuSeconds, isHeldBack, onStall }: WatchdogOptions): () => void {
  const workSeconds = Math.max(LEAST_WORK_SECONDS, (stallMs / 1000) * WORKING_SHARE);
  let last = { activity: activity(), cpu: cpuSeconds(), at: performance.now() };
  const timer = setInterval(
    () => {
      const now = { activity: activity(), cpu: cpuSeconds(), at: performance.now() };
      if (now.activity !== last.activity || now.cpu - last.cpu >= workSeconds || isHeldBack()) last = now;
      if (now.at - last.at < stallMs) return;
      clearInterval(timer);
      onStall();
    },
    Math.max(10, stallMs / 8),
  );
  return () => clearInterval(timer);
}

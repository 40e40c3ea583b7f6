export type WatchdogOptions = {
  /** Milliseconds without activity after which the process counts as stalled. */
  readonly stallMs: number;
  /** Returns a number that changes while the process is active: bytes read, bytes written, seconds encoded. */
  readonly activity: () => number;
  /** Returns the CPU time used so far: a process that uses CPU is active even without output. */
  readonly cpuSeconds: () => number;
  /** Most CPU time; absent for no limit. */
  readonly cpuLimitSeconds?: number | undefined;
  /** Returns true while the process cannot continue because its reader or its source is not ready. */
  readonly isHeldBack: () => boolean;
  readonly onStall: () => void;
  /** Called over the limit of CPU time. */
  readonly onOverrun: () => void;
};

/**
 * The share of one CPU that counts as work. Measured: an ffmpeg (5.1) that hangs, but prints progress or polls a
 * socket, uses up to 0.8 %. One that decodes and discards, or waits for a slow encoder, uses 40 % and more on a busy
 * machine.
 */
const WORKING_SHARE = 0.03;
/** CPU time is counted in ticks of 10 ms. Fewer than three of them are not significant. */
const LEAST_WORK_SECONDS = 0.03;

/** Watches a process. Calls back at most once: `onStall` or `onOverrun`. Returns a function that stops watching. */
export function startWatchdog(options: WatchdogOptions): () => void {
  const { stallMs, activity, cpuSeconds, cpuLimitSeconds = Number.POSITIVE_INFINITY, isHeldBack } = options;
  const workSeconds = Math.max(LEAST_WORK_SECONDS, (stallMs / 1000) * WORKING_SHARE);
  let last = { activity: activity(), cpu: cpuSeconds(), at: performance.now() };
  const timer = setInterval(
    () => {
      const now = { activity: activity(), cpu: cpuSeconds(), at: performance.now() };
      if (now.activity !== last.activity || now.cpu - last.cpu >= workSeconds || isHeldBack()) last = now;
      const isOver = now.cpu > cpuLimitSeconds;
      if (!isOver && now.at - last.at < stallMs) return;
      clearInterval(timer);
      if (isOver) options.onOverrun();
      else options.onStall();
    },
    Math.max(10, stallMs / 8),
  );
  return () => clearInterval(timer);
}

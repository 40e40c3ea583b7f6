/** The output position of a paced stream, in seconds. Extrapolated from the reports of ffmpeg, two a second. */
export type OutputClock = {
  /** Records a position that ffmpeg reports. */
  read(outSeconds: number): void;
  now(): number;
};

export type OutputClockOptions = {
  /** Seconds of audio that a paced stream produces at once at its start. */
  readonly leadSeconds: number;
  /** Returns milliseconds of a monotonic clock. */
  readonly clock?: () => number;
};

/** Longest time that is extrapolated: ffmpeg should have reported again by then. */
const LONGEST_BRIDGE_SECONDS = 1;

export function createOutputClock({ leadSeconds, clock = () => performance.now() }: OutputClockOptions): OutputClock {
  let last: { at: number; seconds: number } | undefined;
  /** Output seconds per second. Below 1 while the source or the reader is too slow. */
  let pace = 1;

  return {
    read(seconds) {
      const reading = { at: clock(), seconds };
      if (last !== undefined && last.seconds > 0 && reading.at > last.at) {
        pace = Math.min(1, (seconds - last.seconds) / ((reading.at - last.at) / 1_000));
      }
      last = reading;
    },
    now() {
      if (last === undefined) return 0;
      const elapsed = Math.min((clock() - last.at) / 1_000, LONGEST_BRIDGE_SECONDS);
      // ffmpeg produces the lead at once, before it reports any of it.
      return (last.seconds > 0 ? last.seconds : leadSeconds) + elapsed * pace;
    },
  };
}

/** The position of a paced stream's output, in seconds: ffmpeg reports it twice a second, and time does the rest. */
export type OutputClock = {
  /** Takes a position that ffmpeg reports. */
  read(outSeconds: number): void;
  now(): number;
};

export type OutputClockOptions = {
  /** What a paced stream gives at once, seconds. */
  readonly leadSeconds: number;
  /** Milliseconds of a clock that never goes back. */
  readonly clock?: () => number;
};

/** Longest time that is bridged: ffmpeg should have reported again by then, s. */
const LONGEST_BRIDGE_SECONDS = 1;

export function createOutputClock({ leadSeconds, clock = () => performance.now() }: OutputClockOptions): OutputClock {
  let last: { at: number; seconds: number } | undefined;
  /** Output seconds per second; less than 1 while the source or the reader is too slow. */
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
      // The lead comes at once, before any of it is reported.
      return (last.seconds > 0 ? last.seconds : leadSeconds) + elapsed * pace;
    },
  };
}

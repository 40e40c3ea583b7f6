/** How long a stream may still go without progress before it is given up. */
export type ProgressDeadline = {
  leftMs(): number;
  /** A leg has brought the stream on. */
  progressed(): void;
  /** The reader alone took this long, ms. */
  paused(ms: number): void;
};

/** The limit, ms, may grow as the stream goes on. */
export function createProgressDeadline(
  limitMs: () => number,
  clock: () => number = () => performance.now(),
): ProgressDeadline {
  let since = clock();
  return {
    leftMs: () => Math.max(0, since + limitMs() - clock()),
    progressed() {
      since = clock();
    },
    paused(ms) {
      since += ms;
    },
  };
}

/** How much longer a stream may make no progress before it is given up. */
export type ProgressDeadline = {
  leftMs(): number;
  /** A leg has made progress. */
  progressed(): void;
  /** Excludes time that the reader took, ms. */
  paused(ms: number): void;
};

/** The limit, ms, may grow as the stream progresses. */
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

/** Measures how long a reader has waited for audio. */
export type ReaderWait = {
  /** The reader wants audio but there is none. */
  wants(): void;
  /** The reader has audio, or does not want any. */
  has(): void;
  /** Total time of waiting, ms; the clock pauses while the reader has audio. */
  clock(): number;
};

/** The reader waits from the start. */
export function createReaderWait(now: () => number = () => performance.now()): ReaderWait {
  let before = 0;
  let since: number | undefined = now();
  const clock = (): number => before + (since === undefined ? 0 : now() - since);
  return {
    clock,
    wants() {
      since ??= now();
    },
    has() {
      before = clock();
      since = undefined;
    },
  };
}

/** Measures how long a reader has been without audio. */
export type ReaderWait = {
  /** It wants audio, and there is none. */
  wants(): void;
  /** It has some, or wants none. */
  has(): void;
  /** Total time without audio, ms; the clock stands while the reader has some. */
  clock(): number;
};

/** The reader waits from the beginning on. */
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

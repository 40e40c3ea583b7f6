/** How long a reader has been without audio: what is held for it, and what it has just taken, it lives on. */
export type ReaderWait = {
  /** It wants audio, and there is none. */
  wants(): void;
  /** It has some, or wants none. */
  has(): void;
  /** Milliseconds, in all, that it has been without; a clock that stands while it is not. */
  clock(): number;
};

/** Waits from the beginning on. */
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

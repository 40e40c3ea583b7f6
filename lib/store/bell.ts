/** Wakes one that waits; a ring that nobody waits for is not lost. */
export type Bell = {
  ring(): void;
  /** Resolves when it is rung, has been since the last time, the time is over, or the signal is aborted. */
  rung(timeoutMs: number, signal: AbortSignal): Promise<void>;
};

export function createBell(): Bell {
  let hasRung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      hasRung = true;
      wake?.();
    },
    async rung(timeoutMs, signal) {
      if (!hasRung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, timeoutMs);
        const stop = (): void => resolve();
        signal.addEventListener('abort', stop);
        wake = resolve;
        await promise;
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        wake = undefined;
      }
      hasRung = false;
    },
  };
}

export type Bell = ReturnType<typeof createBell>;

/** Wakes a loop that waits. A ring while it does not wait ends its next wait at once. */
export function createBell() {
  let isRung = false;
  let wake: () => void = () => undefined;
  return {
    ring(): void {
      isRung = true;
      wake();
    },
    /** Resolves after a ring, the timeout or the signal's abort. Leaves nothing on the signal, which lives for hours. */
    async rung(timeoutMs: number, signal: AbortSignal): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, timeoutMs);
      signal.addEventListener('abort', resolve as () => void);
      wake = resolve;
      if (isRung || signal.aborted) resolve();
      await promise;
      clearTimeout(timer);
      signal.removeEventListener('abort', resolve as () => void);
      isRung = false;
    },
  };
}

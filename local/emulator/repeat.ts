/** The longest delay of a Node.js timer, ms: about 25 days. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Calls `act` after each period, but not while an earlier call is still running. Returns the stop. Does not keep the
 * process alive. `act` must not reject.
 */
export function repeat(everyMs: number, act: () => Promise<void>): () => void {
  let isActing = false;
  let dueAt = performance.now() + everyMs;
  let timer = wait();

  function wait(): NodeJS.Timeout {
    return setTimeout(wake, Math.min(Math.max(0, dueAt - performance.now()), LONGEST_DELAY_MS)).unref();
  }

  function wake(): void {
    const isDue = performance.now() >= dueAt;
    if (isDue) dueAt = performance.now() + everyMs;
    timer = wait();
    if (!isDue || isActing) return;
    isActing = true;
    void act().finally(() => {
      isActing = false;
    });
  }

  return () => clearTimeout(timer);
}

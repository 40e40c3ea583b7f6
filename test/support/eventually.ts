import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

/** Runs `check` until it does not throw, and returns its result. After `withinMs` its last error is thrown. */
export async function eventually<T>(check: () => T | Promise<T>, { withinMs = 5_000 } = {}): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(POLL_MS);
    }
  }
}

import { setTimeout as delay } from 'node:timers/promises';

const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/**
 * Runs `check` until it does not throw, and returns its result. After `withinMs` its last error is thrown. The pauses
 * grow to a twentieth of the time waited so far, because checks that ask a host or a database cost CPU time.
 */
export async function eventually<T>(check: () => T | Promise<T>, { withinMs = 5_000 } = {}): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const waitedMs = performance.now() - startedAt;
      if (waitedMs > withinMs) throw error;
      await delay(Math.min(Math.max(waitedMs / 20, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS));
    }
  }
}

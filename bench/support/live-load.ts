import { startOrchestrator } from './orchestrator.ts';
import { byService } from './plays.ts';
import type { Rig } from './rig.ts';

/** Time between the starts of two live streams, ms. */
export const START_GAP_MS = 100;

export type LiveLoad = {
  readonly count: number;
  /** The index of the rig's source. */
  readonly file?: number;
};

/**
 * Starts live Opus streams with everything adjustable, each with a listener in a separate process. Resolves when all of
 * them play. Disposing stops them.
 */
export async function playLive(rig: Rig, { count, file = 0 }: LiveLoad): Promise<AsyncDisposable> {
  const listeners = startOrchestrator();
  const plays = Array.from({ length: count }, () =>
    byService(rig.host.url, { source_url: rig.freshUrl(file), live: true }),
  );
  // Rejects when one of them fails, and when it is stopped.
  const listening = listeners.listen(plays, { gapMs: START_GAP_MS });
  try {
    await Promise.race([listening, rig.settled(count)]);
  } catch (error) {
    await listeners[Symbol.asyncDispose]();
    throw error;
  }
  listening.catch(() => undefined);
  return {
    async [Symbol.asyncDispose]() {
      await listeners[Symbol.asyncDispose]();
      await rig.settled();
    },
  };
}

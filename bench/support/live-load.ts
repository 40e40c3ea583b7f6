import { startOrchestrator } from './orchestrator.ts';
import { byService } from './plays.ts';
import type { Rig } from './rig.ts';

/** One live stream begins so long behind the other, ms. */
export const START_GAP_MS = 100;

export type LiveLoad = {
  readonly count: number;
  /** Which of the rig's sources. */
  readonly file?: number;
};

/**
 * Live streams of Opus, everything adjustable, each with a listener, until it is disposed; resolves when all of them play.
 * The listeners are a process of their own.
 */
export async function playLive(rig: Rig, { count, file = 0 }: LiveLoad): Promise<AsyncDisposable> {
  const listeners = startOrchestrator();
  const plays = Array.from({ length: count }, () =>
    byService(rig.host.url, { source_url: rig.freshUrl(file), live: true }),
  );
  // It fails when one of them does, and when it is ended.
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

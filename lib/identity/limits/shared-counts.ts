import type { CountedKey, CountedTotal, SharedCounter } from './counter.ts';

export type SharedCounts = {
  /** Adds to the count of each key, or restarts it when its window is over. Throws UNAVAILABLE. */
  add(counts: readonly CountedKey[], windowMs: number): Promise<readonly CountedTotal[]>;
};

const SHARE_EVERY_MS = 1_000;

/** Exchanges counts with the store every second, while it is up. Returns a function that stops it. */
export function shareCounts(counters: readonly SharedCounter[], shared: SharedCounts): () => void {
  let sharing = false;

  const byWindow = Map.groupBy(counters, ({ windowMs }) => windowMs);

  async function share(ofWindow: readonly SharedCounter[], windowMs: number): Promise<void> {
    const taken = ofWindow.map((counter) => ({ counter, uncounted: counter.take() }));
    const counts = taken.flatMap(({ uncounted }) => uncounted.map(({ key, points }) => ({ key, points })));
    try {
      if (counts.length > 0) {
        for (const total of await shared.add(counts, windowMs)) for (const counter of ofWindow) counter.learn(total);
      }
    } catch {
      // Counting continues in memory only.
      for (const { counter, uncounted } of taken) for (const entry of uncounted) counter.putBack(entry);
    }
  }

  const timer = setInterval(async () => {
    if (sharing) return;
    sharing = true;
    for (const [windowMs, ofWindow] of byWindow) await share(ofWindow, windowMs);
    sharing = false;
  }, SHARE_EVERY_MS).unref();
  return () => clearInterval(timer);
}

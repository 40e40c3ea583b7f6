import { type CountedKey, type CountedTotal, type SharedCounter, WINDOW_MS } from './counter.ts';

export type SharedCounts = {
  /** Adds to the count of each key, or restarts it when its window is over. Throws UNAVAILABLE. */
  add(counts: readonly CountedKey[], windowMs: number): Promise<readonly CountedTotal[]>;
};

const SHARE_EVERY_MS = 1_000;

/** Exchanges counts with the store every second, while it is up. Returns a function that stops it. */
export function shareCounts(counters: readonly SharedCounter[], shared: SharedCounts): () => void {
  let sharing = false;

  async function share(): Promise<void> {
    const taken = counters.map((counter) => ({ counter, uncounted: counter.take() }));
    const counts = taken.flatMap(({ uncounted }) => uncounted.map(({ key, points }) => ({ key, points })));
    try {
      if (counts.length > 0) {
        for (const total of await shared.add(counts, WINDOW_MS)) for (const counter of counters) counter.learn(total);
      }
    } catch {
      // Counting continues in memory only.
      for (const { counter, uncounted } of taken) for (const entry of uncounted) counter.putBack(entry);
    }
  }

  const timer = setInterval(async () => {
    if (sharing) return;
    sharing = true;
    await share();
    sharing = false;
  }, SHARE_EVERY_MS).unref();
  return () => clearInterval(timer);
}

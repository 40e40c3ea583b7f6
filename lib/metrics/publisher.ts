import { coalesced } from './coalesced.ts';
import { countedSince, countsOf, type Snapshot } from './snapshot.ts';

/** Where instances publish what they count. */
export type SnapshotStore = {
  /** Writes this instance's row. `onSending` is called when the database is reached. */
  put(snapshot: Snapshot, onSending: () => void): Promise<void>;
  /** Writes the row if it still exists, and returns whether it does: other instances fold rows that look abandoned. */
  replace(snapshot: Snapshot, onSending: () => void): Promise<boolean>;
};

type PublisherOptions = {
  readonly store: SnapshotStore;
  /** Returns all this process has counted. */
  readonly collect: () => Promise<Snapshot>;
  /** Least time between two writes by `publishSoon`, ms. */
  readonly leastGapMs?: number;
};

const LEAST_GAP_MS = 250;

/** Publishes what this instance counts. One write at a time: calls meanwhile share the next. */
export function createPublisher({ store, collect, leastGapMs = LEAST_GAP_MS }: PublisherOptions) {
  /** What other instances have folded of this process while it was silent: frozen, or cut off. */
  let folded: Snapshot = [];
  /** All that was counted when a write last began, finished or not: what a folded row holds at most. */
  let sent: Snapshot = [];
  let hasRow = false;
  let timer: NodeJS.Timeout | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  let last = false;

  async function write(): Promise<Snapshot> {
    clearTimeout(timer);
    timer = undefined;
    startedAt = performance.now();
    const all = await collect();
    const fit = (whole: Snapshot) => (last ? countsOf(whole) : whole);
    const sentBefore = sent;
    const onSending = () => {
      sent = all;
    };
    if (hasRow) {
      const snapshot = countedSince(all, folded);
      if (await store.replace(fit(snapshot), onSending)) return snapshot;
      // At worst the last seconds before it fell silent are not counted; nothing is counted twice.
      folded = sentBefore;
      hasRow = false;
    }
    const rest = countedSince(all, folded);
    await store.put(fit(rest), onSending);
    hasRow = true;
    return rest;
  }

  const publish = coalesced(write);

  return {
    /** Returns what this process counts and no folded row holds, as it has been written. Throws as the store does. */
    publish,
    publishSoon(onError: (error: unknown) => void): void {
      if (last || timer !== undefined) return;
      const waitMs = Math.max(0, startedAt + leastGapMs - performance.now());
      timer = setTimeout(() => void publish().catch(onError), waitMs).unref();
    },
    /** Publishes the counters only: an ended process uses nothing any more. */
    async publishLast(): Promise<void> {
      last = true;
      clearTimeout(timer);
      await publish();
    },
    /** Returns what `publish` would, without writing it. */
    current: async (): Promise<Snapshot> => countedSince(await collect(), folded),
  };
}

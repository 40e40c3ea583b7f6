import { coalesced } from './coalesced.ts';
import { countedSince, countsOf, type Snapshot } from './snapshot.ts';

/** Where instances publish their metrics. */
export type SnapshotStore = {
  /** Writes this instance's row. Calls `onSending` once the database is connected. */
  put(snapshot: Snapshot, onSending: () => void): Promise<void>;
  /** Writes the row if it still exists, and returns whether it did: other instances fold rows that look abandoned. */
  replace(snapshot: Snapshot, onSending: () => void): Promise<boolean>;
};

type PublisherOptions = {
  readonly store: SnapshotStore;
  /** Returns the metrics of this process. */
  readonly collect: () => Promise<Snapshot>;
  /** Shortest time between two writes by `publishSoon`, ms. */
  readonly leastGapMs?: number;
};

const LEAST_GAP_MS = 250;

/** Publishes the metrics of this instance, one write at a time. Calls during a write share the next one. */
export function createPublisher({ store, collect, leastGapMs = LEAST_GAP_MS }: PublisherOptions) {
  /** The counts of this process that other instances folded while it was silent: frozen, or without a connection. */
  let folded: Snapshot = [];
  /** The counts at the start of the last write, finished or not: the most that a folded row can hold. */
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
      // At worst, the last seconds before the silence are not counted. Nothing is counted twice.
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
    /** Writes and returns the counts of this process that no folded row holds. Throws the store's errors. */
    publish,
    publishSoon(onError: (error: unknown) => void): void {
      if (last || timer !== undefined) return;
      const waitMs = Math.max(0, startedAt + leastGapMs - performance.now());
      timer = setTimeout(() => void publish().catch(onError), waitMs).unref();
    },
    /** Publishes the counters only: the gauges of a process that has exited mean nothing. */
    async publishLast(): Promise<void> {
      last = true;
      clearTimeout(timer);
      await publish();
    },
    /** Returns what `publish` would return, without writing it. */
    current: async (): Promise<Snapshot> => countedSince(await collect(), folded),
  };
}

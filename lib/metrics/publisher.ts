import { coalesced } from './coalesced.ts';
import { countedSince, countsOf, type Snapshot } from './snapshot.ts';

/** Where instances leave what they count for each other. What it throws passes. */
export type SnapshotStore = {
  /** Writes this instance's row, whether it is there or not. `onSending` is called when the database is reached. */
  put(snapshot: Snapshot, onSending: () => void): Promise<void>;
  /** Writes it if it is still there; tells whether it was: the others fold the rows of those they take for gone. */
  replace(snapshot: Snapshot, onSending: () => void): Promise<boolean>;
};

export type PublisherOptions = {
  readonly store: SnapshotStore;
  /** All this process has counted. */
  readonly collect: () => Promise<Snapshot>;
  /** Least time between two writes that nobody waits for, ms. */
  readonly leastGapMs?: number;
};

/** Tells the other instances what this one counts. One write at a time: whoever asks meanwhile shares the next. */
export type Publisher = {
  /** What this process counts and no folded row holds, as it has been written. Throws as the store does. */
  publish(): Promise<Snapshot>;
  /** The same, soon; `onError` hears why not. */
  publishSoon(onError: (error: unknown) => void): void;
  /** For the end: counts only, for an ended process uses nothing any more. */
  publishLast(): Promise<void>;
  /** As `publish`, but for the writing. */
  current(): Promise<Snapshot>;
};

const LEAST_GAP_MS = 250;

export function createPublisher({ store, collect, leastGapMs = LEAST_GAP_MS }: PublisherOptions): Publisher {
  /** What the others have folded of this process while it was silent: it was frozen, or cut off. */
  let folded: Snapshot = [];
  /** All that was counted when a write last set out, arrived or not: what a folded row holds at most. */
  let sent: Snapshot = [];
  let isThere = false;
  let timer: NodeJS.Timeout | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  let last = false;

  const own = async (): Promise<[all: Snapshot, own: Snapshot]> => {
    const all = await collect();
    return [all, countedSince(all, folded)];
  };

  async function write(): Promise<Snapshot> {
    clearTimeout(timer);
    timer = undefined;
    startedAt = performance.now();
    const [all, snapshot] = await own();
    const fit = (whole: Snapshot) => (last ? countsOf(whole) : whole);
    const sentBefore = sent;
    const onSending = () => {
      sent = all;
    };
    if (isThere) {
      if (await store.replace(fit(snapshot), onSending)) return snapshot;
      // At worst the last seconds before it fell silent are not counted; nothing is ever counted twice.
      folded = sentBefore;
      isThere = false;
    }
    const rest = countedSince(all, folded);
    await store.put(fit(rest), onSending);
    isThere = true;
    return rest;
  }

  const publish = coalesced(write);

  return {
    publish,
    publishSoon(onError) {
      if (last || timer !== undefined) return;
      const waitMs = Math.max(0, startedAt + leastGapMs - performance.now());
      timer = setTimeout(() => void publish().catch(onError), waitMs).unref();
    },
    async publishLast() {
      last = true;
      clearTimeout(timer);
      await publish();
    },
    current: async () => (await own())[1],
  };
}

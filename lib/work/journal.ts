import { isUnavailable } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import type { Tracked, WorkRecord } from './record.ts';
import { createWriteBehind, type WriteBehind } from './write-behind.ts';

/** One write for a piece of work: its record, and its adjustments since the last write. */
export type JournalLine<Item, Event> = {
  readonly owner: string;
  readonly record: Item;
  readonly adjusted: readonly Event[];
};

export type JournalOptions<Item, Event> = {
  /** Writes all lines or none. Throws UNAVAILABLE while the store is down. Undefined without a store. */
  readonly write: ((lines: readonly JournalLine<Item, Event>[]) => Promise<void>) | undefined;
  readonly log: Pick<Log, 'warn' | 'error'>;
  /** Most ended work that is kept until it is written. Above it, the oldest is dropped. */
  readonly maxEnded?: number;
  readonly pauses?: JournalPauses;
};

/** Milliseconds. */
export type JournalPauses = {
  /** Before a new state is written: first bytes take precedence, and states that follow quickly are written as one. */
  readonly state: number;
  /** Between two writes of the progress of one piece of work. */
  readonly progress: number;
  /** Before a retry after the store was down. */
  readonly retry: number;
};

/**
 * An `end` is written at once, because a function may be frozen afterwards. `begun` and `dropped` are not written: until
 * work has begun in earnest it has no row, and if it never does, it is known here for a while.
 */
export type Change = 'begun' | 'state' | 'progress' | 'end' | 'dropped';

/**
 * The work of this process. It is written to the store later, so that running work never waits for the store. While the
 * store is down, only the latest record of each piece of work is kept. At most one write runs at a time.
 */
export type Journal<Item extends WorkRecord, Event, Work extends Tracked<Item> = Tracked<Item>> = {
  changed(work: Work, change: Change): void;
  adjusted(work: Work, event: Event): void;
  /** Returns work that runs here, and work that has ended here and is not written yet. */
  known(): readonly Work[];
  find(id: string): Work | undefined;
} & Pick<WriteBehind, 'flush' | 'close' | 'isFailing'>;

type Entry<Work, Event> = {
  readonly work: Work;
  revision: number;
  written: number;
  /** performance.now() after which the next revision may be written. */
  dueAt: number;
  lastWrittenAt: number;
  ended: boolean;
  adjusted: readonly Event[];
};

const NEW_ENTRY: Omit<Entry<unknown, never>, 'work'> = {
  revision: 0,
  written: 0,
  dueAt: Number.POSITIVE_INFINITY,
  lastWrittenAt: Number.NEGATIVE_INFINITY,
  ended: false,
  adjusted: [],
};
const PAUSES: JournalPauses = { state: 50, progress: 1_000, retry: 1_000 };
const MAX_ENDED = 10_000;
/** Dropped work that is known. */
const MAX_DROPPED = 500;
const MAX_ADJUSTED = 100;
const MAX_LINES = 500;

export function createJournal<Item extends WorkRecord, Event, Work extends Tracked<Item> = Tracked<Item>>({
  write,
  log,
  maxEnded = MAX_ENDED,
  pauses = PAUSES,
}: JournalOptions<Item, Event>): Journal<Item, Event, Work> {
  type Kept = Entry<Work, Event>;
  const entries = new Map<string, Kept>();
  const writer = createWriteBehind({
    write: (dueBy) => writeEntries(dirty(dueBy).slice(0, maxLines)),
    nextDue: () => Math.min(...dirty().map(({ dueAt }) => dueAt)),
    retry: { delaysMs: [pauses.retry] },
  });
  const dropped: Kept[] = [];
  let ended = 0;
  let forgotten = 0;
  let maxLines = MAX_LINES;

  function entryOf(work: Work): Kept {
    const entry = entries.get(work.id) ?? { work, ...NEW_ENTRY };
    entries.set(work.id, entry);
    return entry;
  }

  function touch(entry: Kept, change: 'state' | 'progress' | 'end'): void {
    const now = performance.now();
    const progressAt = Math.max(now, entry.lastWrittenAt + pauses.progress);
    const due = { end: now, state: now + pauses.state, progress: progressAt }[change];
    entry.dueAt = entry.revision === entry.written ? due : Math.min(entry.dueAt, due);
    entry.revision += 1;
    if (write !== undefined) writer.schedule(entry.dueAt);
  }

  function dirty(dueBy = Number.POSITIVE_INFINITY): Kept[] {
    if (write === undefined) return [];
    return [...entries.values()].filter(({ revision, written, dueAt }) => revision > written && dueAt <= dueBy);
  }

  /** Resolves with whether the store accepted the write. */
  async function writeEntries(batch: readonly Kept[]): Promise<boolean> {
    if (batch.length === 0) return true;
    const taken = batch.map((entry) => ({ entry, revision: entry.revision, adjusted: entry.adjusted }));
    for (const { entry } of taken) entry.lastWrittenAt = performance.now();
    try {
      await write?.(
        taken.map(({ entry: { work }, adjusted }) => ({ owner: work.owner, record: work.record(), adjusted })),
      );
    } catch (error) {
      if (!isUnavailable(error)) isolate(batch, error);
      return false;
    }
    maxLines = Math.min(MAX_LINES, maxLines * 2);
    for (const { entry, revision, adjusted } of taken) {
      entry.written = revision;
      entry.adjusted = entry.adjusted.filter((change) => !adjusted.includes(change));
      if (entry.ended && entry.revision === revision) forget(entry);
    }
    tellForgotten();
    return true;
  }

  /** After the store refuses a batch, lines are written one by one, and only the refused one is dropped. */
  function isolate(batch: readonly Kept[], error: unknown): void {
    maxLines = 1;
    const [entry] = batch;
    if (batch.length > 1 || entry === undefined) return;
    log.error({ id: entry.work.id, err: error }, 'a record cannot be written');
    entry.written = entry.revision;
    entry.adjusted = [];
    if (entry.ended) forget(entry);
  }

  function forget({ work }: Kept): void {
    if (entries.delete(work.id)) ended -= 1;
  }

  function keepWithinBounds(): void {
    ended += 1;
    if (ended <= maxEnded) return;
    const oldest = entries.values().find((entry) => entry.ended);
    if (oldest === undefined) return;
    forget(oldest);
    if (write === undefined) return;
    if (forgotten === 0) log.warn({ limit: maxEnded }, 'records of ended work are being dropped: the store is down');
    forgotten += 1;
  }

  function drop(entry: Kept): void {
    dropped.push(entry);
    if (dropped.length > MAX_DROPPED) entries.delete(dropped.shift()?.work.id ?? '');
  }

  function tellForgotten(): void {
    if (forgotten > 0) log.warn({ dropped: forgotten }, 'records of ended work were dropped');
    forgotten = 0;
  }

  return {
    changed(work, change) {
      const entry = entryOf(work);
      if (change === 'begun') return;
      if (change === 'dropped') {
        drop(entry);
        return;
      }
      const hasJustEnded = change === 'end' && !entry.ended;
      entry.ended ||= hasJustEnded;
      touch(entry, change);
      if (hasJustEnded) keepWithinBounds();
    },
    adjusted(work, adjusted) {
      const entry = entryOf(work);
      entry.adjusted = [...entry.adjusted, adjusted].slice(-MAX_ADJUSTED);
      touch(entry, 'state');
    },
    known: () => Array.from(entries.values(), ({ work }) => work),
    find: (id) => entries.get(id)?.work,
    flush: writer.flush,
    close: writer.close,
    isFailing: writer.isFailing,
  };
}

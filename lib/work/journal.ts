import { isUnavailable } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import type { TranscodeRecord } from '#lib/transcode/record.ts';
import type { Tracked } from '#lib/transcode/tracking.ts';
import { createWriteBehind } from './write-behind.ts';

/** What is written of a transcode at once: the record, and the changes of its filters since it was last written. */
export type JournalLine = {
  readonly owner: string;
  readonly record: TranscodeRecord;
  readonly adjusted: readonly Adjusted[];
};

export type JournalOptions = {
  /** Writes all or nothing; throws UNAVAILABLE while the store is away. Undefined where there is none. */
  readonly write: ((lines: readonly JournalLine[]) => Promise<void>) | undefined;
  readonly log: Pick<Log, 'warn' | 'error'>;
  /** Ended transcodes that are remembered until they are written; the oldest is forgotten then. */
  readonly maxEnded?: number;
  readonly pauses?: JournalPauses;
};

/** Milliseconds. */
export type JournalPauses = {
  /** Until a new state is written: the way to the first byte goes first, and states that pass quickly are one. */
  readonly state: number;
  /** Between two writings of a transcode's progress. */
  readonly progress: number;
  /** Until a store that was away is tried again. */
  readonly retry: number;
};

/** `end`: something that is not to wait, since a function may be frozen behind it. */
export type Change = 'state' | 'progress' | 'end';

/**
 * What this process knows of transcodes, and writes behind them: nothing that runs ever waits for the store. While the
 * store is away only the latest of each transcode is kept; one writing is under way at most.
 */
export type Journal = {
  changed(transcode: Tracked, change: Change): void;
  adjusted(transcode: Tracked, adjusted: Adjusted): void;
  /** Those that run here, and those that have ended here and are not written. */
  known(): readonly Tracked[];
  find(id: string): Tracked | undefined;
  /** Writes what is not written, as far as the store is there. Never rejects. */
  flush(): Promise<void>;
  /** The last writing, which takes no longer than this. Nothing is written behind it. */
  close(timeoutMs: number): Promise<void>;
  /** Whether the store did not take the last writing. */
  isFailing(): boolean;
};

type Page = {
  readonly transcode: Tracked;
  revision: number;
  written: number;
  /** performance.now() from which the next revision may be written. */
  dueAt: number;
  lastWrittenAt: number;
  ended: boolean;
  adjusted: readonly Adjusted[];
};

const PAUSES: JournalPauses = { state: 50, progress: 1_000, retry: 1_000 };
const MAX_ENDED = 10_000;
const MAX_ADJUSTED = 100;
const MAX_LINES = 500;

export function createJournal({ write, log, maxEnded = MAX_ENDED, pauses = PAUSES }: JournalOptions): Journal {
  const pages = new Map<string, Page>();
  const writer = createWriteBehind({
    write: (dueBy) => writePages(dirty(dueBy).slice(0, maxLines)),
    nextDue: () => Math.min(...dirty().map(({ dueAt }) => dueAt)),
    retryMs: pauses.retry,
  });
  let ended = 0;
  let forgotten = 0;
  let maxLines = MAX_LINES;

  function pageOf(transcode: Tracked): Page {
    const page = pages.get(transcode.id) ?? newPage(transcode);
    pages.set(transcode.id, page);
    return page;
  }

  function touch(page: Page, change: Change): void {
    const now = performance.now();
    const due = {
      end: now,
      state: now + pauses.state,
      progress: Math.max(now, page.lastWrittenAt + pauses.progress),
    }[change];
    page.dueAt = page.revision === page.written ? due : Math.min(page.dueAt, due);
    page.revision += 1;
    if (write !== undefined) writer.schedule(page.dueAt);
  }

  function dirty(dueBy = Number.POSITIVE_INFINITY): Page[] {
    if (write === undefined) return [];
    return [...pages.values()].filter(({ revision, written, dueAt }) => revision > written && dueAt <= dueBy);
  }

  /** Resolves with whether the store took them. */
  async function writePages(batch: readonly Page[]): Promise<boolean> {
    if (batch.length === 0) return true;
    const taken = batch.map((page) => ({ page, revision: page.revision, adjusted: page.adjusted }));
    for (const { page } of taken) page.lastWrittenAt = performance.now();
    try {
      await write?.(taken.map(({ page, adjusted }) => lineOf(page, adjusted)));
    } catch (error) {
      if (!isUnavailable(error)) isolate(batch, error);
      return false;
    }
    maxLines = Math.min(MAX_LINES, maxLines * 2);
    for (const { page, revision, adjusted } of taken) {
      page.written = revision;
      page.adjusted = page.adjusted.filter((change) => !adjusted.includes(change));
      if (page.ended && page.revision === revision) forget(page);
    }
    tellForgotten();
    return true;
  }

  /** What the store refuses must not keep the rest from it: lines are tried one by one, and the bad one is dropped. */
  function isolate(batch: readonly Page[], error: unknown): void {
    maxLines = 1;
    const [page] = batch;
    if (batch.length > 1 || page === undefined) return;
    log.error({ transcode_id: page.transcode.id, err: error }, 'a transcode record cannot be written');
    page.written = page.revision;
    page.adjusted = [];
    if (page.ended) forget(page);
  }

  function forget({ transcode }: Page): void {
    if (pages.delete(transcode.id)) ended -= 1;
  }

  function keepWithinBounds(): void {
    ended += 1;
    if (ended <= maxEnded) return;
    const oldest = pages.values().find((page) => page.ended);
    if (oldest === undefined) return;
    forget(oldest);
    if (write === undefined) return;
    if (forgotten === 0) log.warn({ limit: maxEnded }, 'records of ended transcodes are dropped: the store is away');
    forgotten += 1;
  }

  function tellForgotten(): void {
    if (forgotten > 0) log.warn({ dropped: forgotten }, 'records of ended transcodes were dropped');
    forgotten = 0;
  }

  return {
    changed(transcode, change) {
      const page = pageOf(transcode);
      const hasJustEnded = change === 'end' && !page.ended;
      page.ended ||= hasJustEnded;
      touch(page, change);
      if (hasJustEnded) keepWithinBounds();
    },
    adjusted(transcode, adjusted) {
      const page = pageOf(transcode);
      page.adjusted = [...page.adjusted, adjusted].slice(-MAX_ADJUSTED);
      touch(page, 'state');
    },
    known: () =>
      pages
        .values()
        .map(({ transcode }) => transcode)
        .toArray(),
    find: (id) => pages.get(id)?.transcode,
    flush: writer.flush,
    close: writer.close,
    isFailing: writer.isFailing,
  };
}

function newPage(transcode: Tracked): Page {
  return {
    transcode,
    revision: 0,
    written: 0,
    dueAt: Number.POSITIVE_INFINITY,
    lastWrittenAt: Number.NEGATIVE_INFINITY,
    ended: false,
    adjusted: [],
  };
}

function lineOf({ transcode }: Page, adjusted: readonly Adjusted[]): JournalLine {
  return { owner: transcode.owner, record: transcode.record(), adjusted };
}

import type { QueueEntry } from './job-store.ts';

/** Runs statements in a transaction. */
export type Statements = {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
};

/** Where an entry stands: the smallest rank is taken first, and accounts share the slots of a process. */
export type EntryPlace = { readonly id: string; readonly account: string; readonly rank: number };

/** Changes to the queue, as part of a transaction that changes rows of jobs, too. */
export type EntryWriter = {
  add(statements: Statements, place: EntryPlace): Promise<void>;
  /** Returns whether this process still holds the entry; no other can take it before the transaction ends. */
  holds(statements: Statements, entry: QueueEntry): Promise<boolean>;
  /** Ends the entry for good. */
  finish(statements: Statements, id: string): Promise<void>;
  /** Ends the entry, and keeps the count of its claims in case it is added again. */
  shelve(statements: Statements, id: string): Promise<void>;
  /** Queues the entry again, whatever became of it. */
  requeue(statements: Statements, place: EntryPlace, delaySeconds: number): Promise<void>;
  /** Moves a waiting entry. */
  move(statements: Statements, place: Pick<EntryPlace, 'id' | 'rank'>): Promise<void>;
  remove(statements: Statements, id: string): Promise<void>;
  /** Returns those of the ids whose entries wait or are held. */
  live(statements: Statements, ids: readonly string[]): Promise<ReadonlySet<string>>;
};

/** The queue, as the rows of jobs use it. */
export type Entries = {
  /** Opens the queue. Call it before the transaction begins: the first time takes queries of its own. */
  ready(): Promise<EntryWriter>;
};

import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import type { Entries, EntryWriter, Statements } from '#lib/jobs/entries.ts';
import type { FoundJob } from '#lib/jobs/job-store.ts';
import type { StatusChange } from '#lib/jobs/status-change.ts';
import type { Database } from '#lib/store/database.ts';
import type { Tables } from '#lib/store/tables.ts';
import type { Failure } from '#lib/work/record.ts';
import { appendStatus } from './job-events.ts';

export type JobRowsOptions = {
  readonly database: Pick<Database, 'run'>;
  readonly entries: Entries;
  /** Called in the transaction that ends a job: completed, failed or cancelled. */
  readonly onSettled?: (transaction: Kysely<Tables>, job: FoundJob) => Promise<void>;
  /** Called for each new status once it has taken effect. */
  readonly onStatus?: (change: StatusChange) => void;
};

/** One transaction over rows of jobs and the queue. */
export type Change = {
  readonly transaction: Transaction<Tables>;
  readonly entries: BoundEntries;
  readonly onSettled: (job: FoundJob) => Promise<void>;
  /** Tells followers of a new status, and `onStatus` once it has taken effect. `failure`: why the job waits again. */
  readonly tellStatus: (change: StatusChange, failure?: Failure | null) => Promise<void>;
};

type Bound<Method> = Method extends (statements: Statements, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;
type BoundEntries = { readonly [Name in keyof EntryWriter]: Bound<EntryWriter[Name]> };

/** Runs a change of rows and entries: all of it takes effect, or nothing. Throws UNAVAILABLE. */
export async function change<Result>(
  { database, entries, onSettled, onStatus }: JobRowsOptions,
  work: (change: Change) => Promise<Result>,
): Promise<Result> {
  const writer = await entries.ready();
  const told: StatusChange[] = [];
  const result = await database.run((db) =>
    db.transaction().execute((transaction) =>
      work({
        transaction,
        entries: bind(writer, statementsOf(transaction)),
        onSettled: async (job) => await onSettled?.(transaction, job),
        async tellStatus(changed, failure) {
          await appendStatus(transaction, changed.record, failure);
          told.push(changed);
        },
      }),
    ),
  );
  for (const changed of told) onStatus?.(changed);
  return result;
}

function bind(writer: EntryWriter, statements: Statements): BoundEntries {
  const bound = Object.entries(writer).map(([name, method]) => [
    name,
    (...rest: unknown[]) => (method as (...all: unknown[]) => unknown)(statements, ...rest),
  ]);
  return Object.fromEntries(bound) as BoundEntries;
}

function statementsOf(transaction: Transaction<Tables>): Statements {
  return {
    async executeSql(text, values = []) {
      const { rows } = await transaction.executeQuery(CompiledQuery.raw(text, values));
      return { rows };
    },
  };
}

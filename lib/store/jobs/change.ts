import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import type { Entries, EntryWriter, Statements } from '#lib/jobs/entries.ts';
import type { FoundJob } from '#lib/jobs/job-store.ts';
import type { Database } from '#lib/store/database.ts';
import type { Tables } from '#lib/store/tables.ts';

export type JobRowsOptions = {
  readonly database: Pick<Database, 'run'>;
  readonly entries: Entries;
  /** Called in the transaction that ends a job: completed, failed or cancelled. */
  readonly onSettled?: (transaction: Kysely<Tables>, job: FoundJob) => Promise<void>;
};

/** One transaction over rows of jobs and the queue. */
export type Change = {
  readonly transaction: Transaction<Tables>;
  readonly entries: BoundEntries;
  readonly onSettled: (job: FoundJob) => Promise<void>;
};

type Bound<Method> = Method extends (statements: Statements, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;
type BoundEntries = { readonly [Name in keyof EntryWriter]: Bound<EntryWriter[Name]> };

/** Runs a change of rows and entries: all of it takes effect, or nothing. Throws UNAVAILABLE. */
export async function change<Result>(
  { database, entries, onSettled }: JobRowsOptions,
  work: (change: Change) => Promise<Result>,
): Promise<Result> {
  const writer = await entries.ready();
  return await database.run((db) =>
    db.transaction().execute((transaction) =>
      work({
        transaction,
        entries: bind(writer, statementsOf(transaction)),
        onSettled: async (job) => await onSettled?.(transaction, job),
      }),
    ),
  );
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

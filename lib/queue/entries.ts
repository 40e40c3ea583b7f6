import type { PgBoss } from 'pg-boss';
import type { EntryPlace, EntryWriter, Statements } from '#lib/jobs/entries.ts';
import { SCHEMA } from './boss.ts';
import { ENTRY_OPTIONS, JOBS } from './job-queue-options.ts';

/** Returns the changes of entries, each as part of the caller's transaction. */
export function createEntryWriter(boss: PgBoss): EntryWriter {
  async function add(statements: Statements, { id, account, rank }: EntryPlace, delaySeconds = 0): Promise<void> {
    // `send` refuses an expiry over a day.
    const entry = { id, priority: -rank, group: { id: account }, startAfter: delaySeconds, ...ENTRY_OPTIONS };
    await boss.insert(JOBS, [entry], { db: statements });
  }

  return {
    add,

    async holds(statements, { id, claim }) {
      const touched = (await boss.touch(JOBS, { id, retryCount: claim }, { db: statements })) as Touched;
      return touched.affected === 1;
    },

    async finish(statements, id) {
      await boss.complete(JOBS, id, null, { db: statements, includeQueued: true });
    },

    async shelve(statements, id) {
      await boss.cancel(JOBS, id, { db: statements });
    },

    async requeue(statements, place, delaySeconds) {
      const { id, rank } = place;
      const db = statements;
      // Each of the first three does nothing unless the entry is held, has used up its retries, or is shelved.
      await boss.fail(JOBS, id, null, { db });
      await boss.retry(JOBS, id, { db });
      await boss.resume(JOBS, id, { db });
      const { updated } = await boss.update(JOBS, undefined, { id, priority: -rank, startAfter: delaySeconds, db });
      if (updated > 0) return;
      await boss.deleteJob(JOBS, id, { db });
      await add(statements, place, delaySeconds);
    },

    async move(statements, { id, rank }) {
      await boss.update(JOBS, undefined, { id, priority: -rank, db: statements });
    },

    async remove(statements, id) {
      await boss.deleteJob(JOBS, id, { db: statements });
    },

    async live(statements, ids) {
      const text = `select id from ${SCHEMA}.job where name = $1 and id = any($2::uuid[]) and state < 'completed'`;
      const { rows } = await statements.executeSql(text, [JOBS, [...ids]]);
      return new Set((rows as { id: string }[]).map(({ id }) => id));
    },
  };
}

/** What pg-boss returns; its types do not say so. */
type Touched = { readonly affected: number };

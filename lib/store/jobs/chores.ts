import { type Kysely, sql } from 'kysely';
import type { Database } from '#lib/store/database.ts';
import { firstIdOf } from '#lib/store/first-id.ts';
import type { Tables } from '#lib/store/tables.ts';
import { change, type JobRowsOptions } from './change.ts';
import { doomObjects } from './objects.ts';
import { lockJob } from './rows.ts';
import { KEY_SECONDS } from './submit.ts';
import { removeTraces } from './traces.ts';

/** Most rows that one statement changes, to keep its locks short. */
const BATCH = 500;

/** Forgets results that have expired, and dooms their objects. Returns the number of jobs. */
export async function expireResults(database: Pick<Database, 'run'>, batch = BATCH): Promise<number> {
  const ids = await database.run((db) =>
    db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ id: string }>`
        update jobs set result = null, result_bytes = 0, result_expires_at = null
        where id in (select id from jobs where result_expires_at <= now() order by id limit ${batch} for update)
        returning id`.execute(transaction);
      const expired = rows.map(({ id }) => id);
      await doomObjects(transaction, expired);
      return expired;
    }),
  );
  return ids.length < batch ? ids.length : batch + (await expireResults(database, batch));
}

/** Deletes jobs without a result that ended before `time`, with their events and logs. Returns their number. */
export async function deleteJobsEndedBefore(
  database: Pick<Database, 'run'>,
  time: Date,
  batch = BATCH,
): Promise<number> {
  const count = await database.run((db) =>
    db.transaction().execute((transaction) => deleteSome(transaction, time, batch)),
  );
  return count < batch ? count : batch + (await deleteJobsEndedBefore(database, time, batch));
}

async function deleteSome(db: Kysely<Tables>, time: Date, batch: number): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    delete from jobs where id in (
      select id from jobs
      where id < ${firstIdOf(time)}::uuid and ended_at < ${time}::timestamptz and result_expires_at is null
      order by id limit ${batch} for update
    )
    returning id`.execute(db);
  const ids = rows.map(({ id }) => id);
  await removeTraces(db, ids);
  return ids.length;
}

export async function forgetKeys(db: Kysely<Tables>): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('job_keys')
    .where('created_at', '<', sql<Date>`now() - make_interval(secs => ${KEY_SECONDS})`)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** Queues waiting and running jobs again whose entries are gone. Returns their number. */
export async function mendEntries(options: JobRowsOptions, batch = BATCH): Promise<number> {
  let mended = 0;
  for (let after: string | undefined; ; ) {
    const ids = await options.database.run((db) => activeAfter(db, after, batch));
    const live = await change(options, ({ entries }) => entries.live(ids));
    for (const id of ids.filter((each) => !live.has(each))) if (await mend(options, id)) mended += 1;
    after = ids.at(-1);
    if (ids.length < batch) return mended;
  }
}

async function activeAfter(db: Kysely<Tables>, after: string | undefined, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('jobs')
    .select('id')
    .where('ended_at', 'is', null)
    .$if(after !== undefined, (query) => query.where('id', '>', String(after)))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

async function mend(options: JobRowsOptions, id: string): Promise<boolean> {
  return await change(options, async ({ transaction, entries }) => {
    const row = await lockJob(transaction, id);
    // Its entry may have come or gone with the row in the meantime.
    if (row === undefined || row.ended_at !== null || (await entries.live([id])).has(id)) return false;
    await entries.requeue(row, 0);
    return true;
  });
}

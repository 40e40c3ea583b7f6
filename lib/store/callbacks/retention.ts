import { type Kysely, sql } from 'kysely';
import type { Tables } from '#lib/store/tables.ts';

/** Most rows that one statement deletes, to keep its locks short. */
const BATCH = 500;

/** Deletes the callbacks that ended before `time`, with their attempts. Returns their number. */
export async function deleteCallbacksEndedBefore(db: Kysely<Tables>, time: Date, batch = BATCH): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from callbacks where id in (
      select id from callbacks where ended_at < ${time}::timestamptz order by ended_at limit ${batch}
    ) and ended_at < ${time}::timestamptz`.execute(db);
  const deleted = Number(numAffectedRows);
  return deleted < batch ? deleted : deleted + (await deleteCallbacksEndedBefore(db, time, batch));
}

/** Deletes the signing secrets that have expired. Returns their number. */
export async function deleteExpiredSecrets(db: Kysely<Tables>): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('callback_secrets')
    .where('expires_at', '<', sql<Date>`now()`)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

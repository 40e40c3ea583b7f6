import { type Kysely, sql } from 'kysely';
import { firstIdOf } from './first-id.ts';
import type { Tables } from './tables.ts';

/** Most rows that one statement deletes, to keep its locks short. */
const BATCH = 500;

/** Deletes the records and events of transcodes that ended before `time`. Returns the number of transcodes. */
export async function deleteEndedBefore(db: Kysely<Tables>, time: Date, batch = BATCH): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    with old as (
      delete from transcodes where id in (
        select id from transcodes where id < ${firstIdOf(time)}::uuid and ended_at < ${time}::timestamptz
        order by id limit ${batch}
      )
      returning id
    ), told as (
      delete from events where subject in (select id from old)
    )
    select id from old`.execute(db);
  return rows.length < batch ? rows.length : batch + (await deleteEndedBefore(db, time, batch));
}

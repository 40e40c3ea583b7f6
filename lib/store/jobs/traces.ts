import { type Kysely, sql } from 'kysely';
import type { Tables } from '#lib/store/tables.ts';
import { doomObjects } from './objects.ts';

/** Removes what jobs that are deleted leave besides their rows: objects, events and logs. */
export async function removeTraces(db: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  await doomObjects(db, ids);
  await sql`delete from events where subject = any(${[...ids]}::uuid[])`.execute(db);
  await sql`delete from job_logs where job_id = any(${[...ids]}::uuid[])`.execute(db);
}

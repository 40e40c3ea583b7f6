import { type Kysely, sql } from 'kysely';
import type { AttemptObject } from '#lib/jobs/attempt.ts';
import type { DoomedObject } from '#lib/jobs/job-store.ts';
import type { Tables } from '#lib/store/tables.ts';

/** Longest time that a runner which is out of reach may still be writing an object, s. */
const OUT_OF_REACH_SECONDS = 900;

/** Records an object or upload before it is begun. Returns whether the attempt may begin it: a stale one must not. */
export async function recordObject(
  db: Kysely<Tables>,
  { id, attempt, object }: { readonly id: string; readonly attempt: number; readonly object: AttemptObject },
): Promise<boolean> {
  // An upload becomes an object, so both are known.
  const uploads = object.uploadId === undefined ? [null] : [null, object.uploadId];
  const { rows } = await sql`
    with job as (
      select id from jobs where id = ${id} and attempts = ${attempt} and status = 'processing' for share
    )
    insert into job_objects (job_id, attempt, key, upload_id)
    select job.id, ${attempt}, ${object.key}, upload from job, unnest(${uploads}::text[]) as upload
    on conflict (job_id, attempt, key, coalesce(upload_id, '')) do update set delete_at = null
    returning id`.execute(db);
  return rows.length > 0;
}

export type Doom = {
  /** The objects to keep, of this attempt. */
  readonly keep?: { readonly attempt: number; readonly keys: readonly string[] };
  /** Whether a runner may still be writing: then they are deleted twice. */
  readonly again?: boolean;
};

/** Marks the objects and uploads of these jobs to be deleted by the next sweep. */
export async function doomObjects(db: Kysely<Tables>, ids: readonly string[], doom: Doom = {}): Promise<void> {
  const { keep = { attempt: 0, keys: [] }, again = false } = doom;
  const later = again ? sql`now() + make_interval(secs => ${OUT_OF_REACH_SECONDS})` : sql`null`;
  await sql`
    update job_objects set delete_at = now(), delete_again_at = coalesce(${later}, delete_again_at)
    where job_id = any(${[...ids]}::uuid[]) and delete_at is null
      and not (attempt = ${keep.attempt} and upload_id is null and key = any(${[...keep.keys]}::text[]))`.execute(db);
}

/** Returns objects to delete. Those that another job still has are only forgotten. */
export async function doomedObjects(db: Kysely<Tables>, limit: number): Promise<DoomedObject[]> {
  await sql`
    delete from job_objects as doomed
    where delete_at <= now() and upload_id is null and exists (
      select from job_objects as other
      where other.key = doomed.key and other.upload_id is null and other.delete_at is null
    )`.execute(db);
  const rows = await db
    .selectFrom('job_objects')
    .select(['id', 'key', 'upload_id'])
    .where('delete_at', '<=', sql<Date>`now()`)
    .orderBy('delete_at')
    .limit(limit)
    .execute();
  return rows.map(({ id, key, upload_id }) => ({ id, key, uploadId: upload_id }));
}

/** Forgets objects that were deleted; those that may come back are deleted once more, later. */
export async function forgetObjects(db: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  await sql`
    with gone as (
      delete from job_objects where id = any(${[...ids]}::uuid[]) and delete_again_at is null
    )
    update job_objects set delete_at = delete_again_at, delete_again_at = null
    where id = any(${[...ids]}::uuid[]) and delete_again_at is not null`.execute(db);
}

import { type Kysely, sql } from 'kysely';
import type { AttemptLog } from '#lib/jobs/attempt.ts';
import type { FoundJob, JobListQuery, StoredJob } from '#lib/jobs/job-store.ts';
import type { JobStatus } from '#lib/jobs/state.ts';
import { olderThan } from '#lib/store/older-than.ts';
import type { Tables } from '#lib/store/tables.ts';
import { foundJobOf, placedJobs, recordOf } from './rows.ts';

export async function findJobs(db: Kysely<Tables>, ids: readonly string[]): Promise<FoundJob[]> {
  const rows = await placedJobs(db).where(sql<boolean>`id = any(${ids}::uuid[])`).execute();
  return rows.map(foundJobOf);
}

/** Newest first. */
export async function listJobs(
  db: Kysely<Tables>,
  { owner, status, limit, cursor }: JobListQuery,
): Promise<StoredJob[]> {
  const rows = await placedJobs(db)
    .where('owner', '=', owner)
    .$if(status === 'active', (query) => query.where('ended_at', 'is', null))
    .$if(status !== undefined && status !== 'active', (query) => query.where('status', '=', status as JobStatus))
    .$call((query) => (cursor === undefined ? query : query.where(olderThan(cursor))))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(recordOf);
}

export async function readLog(db: Kysely<Tables>, id: string, part: AttemptLog['part']): Promise<string> {
  const row = await db
    .selectFrom('job_logs')
    .select('text')
    .where('job_id', '=', id)
    .where('part', '=', part)
    .executeTakeFirst();
  return row?.text ?? '';
}

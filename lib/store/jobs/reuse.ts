import { sql } from 'kysely';
import type { StoredResult } from '#lib/jobs/attempt.ts';
import type { NewJob, StoredJob } from '#lib/jobs/job-store.ts';
import { living, STALE_SECONDS } from '#lib/store/instances.ts';
import { toJsonb } from '#lib/store/json.ts';
import type { Change } from './change.ts';
import { foundJobOf, JOB_COLUMNS, type JobRow, placedJobs, recordOf } from './rows.ts';

/** Time after its creation for which a job that has completed is the answer to the same request, s. */
const BURST_SECONDS = 60;

/** Returns the job of an equal request: one that waits or runs, or was created a moment ago. */
export async function findEqual(
  { transaction }: Pick<Change, 'transaction'>,
  { owner, cacheKeys }: Pick<NewJob, 'owner' | 'cacheKeys'>,
): Promise<StoredJob | undefined> {
  if (cacheKeys === undefined) return undefined;
  const row = await placedJobs(transaction)
    .where('owner', '=', owner)
    .where('request_key', '=', cacheKeys.request)
    .where('cancel_requested_at', 'is', null)
    .where(
      sql<boolean>`(ended_at is null or (status = 'completed' and result_expires_at > now()
        and created_at > now() - make_interval(secs => ${BURST_SECONDS})))`,
    )
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && recordOf(row);
}

/** A completed job whose files another one may have, too. */
export type Source = Pick<JobRow, 'id' | 'warnings' | 'result_bytes'> & {
  readonly result: StoredResult;
  readonly build: string | null;
};

/**
 * Returns a job of the owner that has made the same files, with an ffmpeg that a living runner has; with any when no runner
 * has announced its own. Its row is locked, so that its files stay until the transaction ends.
 */
export async function findResult(
  { transaction }: Pick<Change, 'transaction'>,
  { owner, cacheKeys }: Pick<NewJob, 'owner' | 'cacheKeys'>,
): Promise<Source | undefined> {
  if (cacheKeys === undefined) return undefined;
  const builds = transaction
    .selectFrom('instances as runners')
    .select('runners.job_build')
    .where('runners.id', 'in', living(transaction, STALE_SECONDS))
    .where('runners.job_build', 'is not', null);
  const row = await transaction
    .selectFrom('jobs')
    .select(['id', 'warnings', 'result', 'result_bytes', 'build'])
    .where('owner', '=', owner)
    .where('result_key', '=', cacheKeys.result)
    .where('result_expires_at', '>', sql<Date>`now()`)
    .where(({ or, eb, exists, not }) => or([not(exists(builds)), eb('build', 'in', builds)]))
    .orderBy('created_at', 'desc')
    .limit(1)
    .forShare()
    .executeTakeFirst();
  return row === undefined || row.result === null ? undefined : { ...row, result: row.result };
}

/** Writes a job that is completed at once with the files of another one. */
export async function completeFrom(
  { transaction, tellStatus, onSettled }: Change,
  { id, cacheKeys }: Pick<NewJob, 'id' | 'cacheKeys'>,
  { id: sourceId, warnings, result, result_bytes: bytes, build }: Source,
): Promise<StoredJob> {
  await sql`
    insert into job_objects (job_id, attempt, key)
    select ${id}::uuid, 0, key from job_objects
    where job_id = ${sourceId} and upload_id is null and delete_at is null
    on conflict do nothing`.execute(transaction);
  const now = sql<Date>`date_trunc('milliseconds', now())`;
  const row = await transaction
    .updateTable('jobs')
    .set({
      ...{ status: 'completed', phase: 'done', progress: 100, ended_at: now, build },
      warnings: toJsonb(warnings),
      result: toJsonb({ ...result, cached: true }),
      result_key: cacheKeys?.result ?? null,
      result_bytes: Number(bytes),
      result_expires_at: sql<Date>`${now} + make_interval(days => expires_in_days)`,
    })
    .where('id', '=', id)
    .returning(JOB_COLUMNS)
    .executeTakeFirstOrThrow();
  const job = foundJobOf(row);
  await tellStatus({ from: null, record: job.record, reason: 'cache' });
  await onSettled(job);
  return job.record;
}

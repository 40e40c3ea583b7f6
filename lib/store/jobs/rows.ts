import { type Kysely, type Selectable, sql } from 'kysely';
import type { FoundJob, StoredJob } from '#lib/jobs/job-store.ts';
import type { Tables } from '#lib/store/tables.ts';
import type { JobsTable } from './tables.ts';

/** A row without the request, which may be long. */
export type JobRow = Omit<Selectable<JobsTable>, 'spec' | 'request_key' | 'result_key' | 'build'>;

const COLUMNS = [
  'id',
  'owner',
  'account',
  'status',
  'phase',
  'metadata',
  'callback_url',
  'priority',
  'rank',
  'progress',
  'eta_seconds',
  'speed',
  'attempts',
  'errors',
  'lost',
  'warnings',
  'error',
  'result',
  'result_bytes',
  'expires_in_days',
  'result_expires_at',
  'instance_id',
  'machine_id',
  'cancel_requested_at',
  'created_at',
  'queued_at',
  'available_at',
  'started_at',
  'ended_at',
] as const satisfies readonly (keyof JobRow)[];

/** `COLUMNS` for RETURNING. */
export const JOB_COLUMNS = [...COLUMNS];

/** How far the queue is counted. */
const FARTHEST = 1_000;

/** The place in the queue; null for a job that does not wait. Its cost does not depend on how many wait. */
const QUEUE_POSITION = sql<number | null>`
  case when jobs.status = 'pending' then 1 + (
    select count(*)::int from (
      select from jobs as ahead
      where ahead.status = 'pending' and (ahead.rank, ahead.queued_at, ahead.id) < (jobs.rank, jobs.queued_at, jobs.id)
      limit ${sql.lit(FARTHEST - 1)}
    ) as counted
  ) end`;

/** Selects rows with their place in the queue. */
export function placedJobs(db: Kysely<Tables>) {
  return db.selectFrom('jobs').select([...COLUMNS, QUEUE_POSITION.as('queue_position')]);
}

/** Returns the row, locked until the transaction ends. */
export async function lockJob(db: Kysely<Tables>, id: string): Promise<JobRow | undefined> {
  return await db.selectFrom('jobs').select(COLUMNS).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Returns the record of a row. Its place in the queue is null unless the row was selected with it. */
export function recordOf(row: JobRow & { readonly queue_position?: number | null }): StoredJob {
  const { result, result_expires_at: expiresAt } = row;
  return {
    id: row.id,
    status: row.status,
    phase: row.phase,
    progress: row.progress,
    eta_seconds: row.eta_seconds,
    speed: row.speed,
    queue_position: row.queue_position ?? null,
    priority: row.priority,
    attempts: row.attempts,
    errors: row.errors,
    warnings: [...row.warnings],
    error: row.error,
    metadata: row.metadata,
    result: result === null || expiresAt === null ? null : { ...result, expires_at: expiresAt.toISOString() },
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}

export function foundJobOf(row: JobRow & { readonly queue_position?: number | null }): FoundJob {
  return {
    owner: row.owner,
    account: row.account,
    record: recordOf(row),
    callbackUrl: row.callback_url,
    attempt: row.attempts,
    instanceId: row.status === 'processing' ? row.instance_id : null,
    cancelRequested: row.cancel_requested_at !== null,
  };
}

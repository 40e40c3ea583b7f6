import { type Kysely, sql } from 'kysely';
import type { AttemptLog, AttemptOutcome, AttemptProgress, ClaimedJob } from '#lib/jobs/attempt.ts';
import type { JobInstance, QueueEntry, Settled } from '#lib/jobs/job-store.ts';
import { settlement } from '#lib/jobs/settlement.ts';
import type { Tables } from '#lib/store/tables.ts';
import { type Change, change, type JobRowsOptions } from './change.ts';
import { tellProgress } from './job-events.ts';
import { doomObjects } from './objects.ts';
import { startTurn } from './queueing.ts';
import { JOB_COLUMNS, type JobRow, lockJob, recordOf } from './rows.ts';
import { endAttempt } from './settle.ts';

/** Starts the next attempt of a job whose entry this process has taken; undefined when there is nothing to run. */
export async function claimJob(
  options: JobRowsOptions,
  entry: QueueEntry,
  instance: JobInstance,
): Promise<ClaimedJob | undefined> {
  return await change(options, async (within) => {
    const row = await lockJob(within.transaction, entry.id);
    if (!(await within.entries.holds(entry))) return undefined;
    if (row === undefined || row.ended_at !== null) {
      await within.entries.finish(entry.id);
      return undefined;
    }
    if (row.status === 'pending') {
      if (row.cancel_requested_at === null) return await start(within, row, instance);
      await endAttempt(within, row, { kind: 'cancelled' });
      return undefined;
    }
    // The response to an earlier claim was lost.
    if (row.instance_id === instance.id) return await start(within, row, instance);
    return await takeOver(within, row, instance);
  });
}

/** Starts a job that another process was running when the queue gave it up. */
async function takeOver(within: Change, row: JobRow, instance: JobInstance): Promise<ClaimedJob | undefined> {
  const counts = { errors: row.errors, lost: row.lost, cancelRequested: row.cancel_requested_at !== null };
  const next = settlement(counts, { kind: 'lost' });
  if (next.status !== 'pending') {
    await endAttempt(within, row, { kind: 'lost' });
    return undefined;
  }
  await doomObjects(within.transaction, [row.id], { again: true });
  return await start(within, { ...row, lost: next.lost }, instance, 'lost');
}

/** `reason`: why the attempt before did not end. */
async function start(
  { transaction, tellStatus }: Change,
  row: JobRow,
  instance: JobInstance,
  reason?: string,
): Promise<ClaimedJob> {
  const { spec, waited, ...started } = await transaction
    .updateTable('jobs')
    .set({
      status: 'processing',
      phase: 'fetching',
      attempts: row.attempts + 1,
      lost: row.lost,
      warnings: '[]',
      eta_seconds: null,
      speed: null,
      instance_id: instance.id,
      machine_id: instance.machineId ?? null,
      started_at: sql<Date>`coalesce(started_at, date_trunc('milliseconds', now()))`,
    })
    .where('id', '=', row.id)
    .returning([...JOB_COLUMNS, 'spec', sql<number>`extract(epoch from now() - queued_at)::float8`.as('waited')])
    .executeTakeFirstOrThrow();
  await startTurn(transaction, row.rank);
  await tellStatus({ from: row.status, record: recordOf(started), reason });
  return {
    id: started.id,
    owner: started.owner,
    account: started.account,
    spec,
    attempt: started.attempts,
    progress: started.progress,
    errors: started.errors,
    createdAt: started.created_at,
    waitedSeconds: waited,
  };
}

export async function settleJob(
  options: JobRowsOptions,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  outcome: AttemptOutcome,
): Promise<Settled> {
  return await change(options, async (within) => {
    const row = await lockJob(within.transaction, id);
    if (row?.status !== 'processing' || row.attempts !== attempt) return { kind: 'stale' };
    const record = await endAttempt(within, row, outcome);
    return { kind: 'settled', status: record.status, record };
  });
}

/** Ends the attempts of earlier processes of this machine, which no longer run. Returns the ids of their jobs. */
export async function recoverJobs(options: JobRowsOptions, { id, machineId }: JobInstance): Promise<string[]> {
  if (machineId === undefined) return [];
  const orphans = (db: Kysely<Tables>) =>
    db
      .selectFrom('jobs')
      .select('id')
      .where(sql<boolean>`status = 'processing'`)
      .where('machine_id', '=', machineId)
      .where('instance_id', '!=', id);
  const found = await options.database.run((db) => orphans(db).execute());
  for (const orphan of found) {
    await change(options, async (within) => {
      const row = await lockJob(within.transaction, orphan.id);
      const isOrphan = (await orphans(within.transaction).where('id', '=', orphan.id).executeTakeFirst()) !== undefined;
      if (row !== undefined && isOrphan) await endAttempt(within, row, { kind: 'lost' });
    });
  }
  return found.map((orphan) => orphan.id);
}

/** The most that a running job reports, percent. */
const NEARLY_DONE = 99.9;

export async function reportProgress(
  db: Kysely<Tables>,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  { phase, progress, etaSeconds, speed }: AttemptProgress,
): Promise<'running' | 'cancelled' | 'stale'> {
  return await db.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable('jobs')
      .set({
        ...(phase !== undefined && { phase }),
        ...(etaSeconds !== undefined && { eta_seconds: finite(etaSeconds) }),
        ...(speed !== undefined && { speed: finite(speed) }),
        // PostgreSQL's greatest leaves out null.
        progress: sql<number>`greatest(progress, ${percentOf(progress)}::float8)`,
      })
      .where('id', '=', id)
      .where('attempts', '=', attempt)
      .where('status', '=', 'processing')
      // The subquery sees the row as it was before.
      .returning([...JOB_COLUMNS, sql<string>`(select phase from jobs where id = ${id})`.as('before')])
      .executeTakeFirst();
    if (row === undefined) return 'stale';
    const { before, ...updated } = row;
    await tellProgress(transaction, recordOf(updated), before !== updated.phase);
    return updated.cancel_requested_at === null ? 'running' : 'cancelled';
  });
}

function percentOf(progress: number | undefined): number | null {
  return progress !== undefined && Number.isFinite(progress)
    ? Math.min(NEARLY_DONE, Math.max(0, Math.round(progress * 10) / 10))
    : null;
}

function finite(value: number | null): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Longest log that is kept, characters. */
export const LOG_LENGTH = 262_144;

/** Appends to the log of an attempt. A later attempt starts a new one. */
export async function appendLog(
  db: Kysely<Tables>,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  { part, text }: AttemptLog,
): Promise<void> {
  const clean = text.toWellFormed().replaceAll('\0', '\uFFFD');
  await sql`
    insert into job_logs (job_id, part, attempt, text)
    select id, ${part}, ${attempt}, right(${clean}, ${LOG_LENGTH}) from jobs
    where id = ${id} and attempts = ${attempt} and status = 'processing'
    on conflict (job_id, part) do update set
      attempt = excluded.attempt,
      text = right(
        case when job_logs.attempt = excluded.attempt then job_logs.text else '' end || excluded.text, ${LOG_LENGTH}
      )`.execute(db);
}

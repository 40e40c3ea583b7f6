import { sql } from 'kysely';
import type { Cancelled, JobLimits, Retried } from '#lib/jobs/job-store.ts';
import { removeCallbacks } from '#lib/store/callbacks/records.ts';
import { change, type JobRowsOptions } from './change.ts';
import { nextRank } from './queueing.ts';
import { JOB_COLUMNS, lockJob, placedJobs, recordOf } from './rows.ts';
import { endAttempt } from './settle.ts';
import { lockOwner, refusal } from './submit.ts';
import { removeTraces } from './traces.ts';
import type { WaitingCount } from './waiting-count.ts';

/** The channel for the ids of running jobs whose cancellation is requested. */
export const CANCELLATIONS = 'job_cancellations';

export async function cancelJob(options: JobRowsOptions, id: string): Promise<Cancelled | undefined> {
  return await change(options, async (within) => {
    const { transaction } = within;
    const row = await lockJob(transaction, id);
    if (row === undefined) return undefined;
    if (row.ended_at !== null) return { kind: 'ended', record: recordOf(row) };
    if (row.status === 'pending') {
      return { kind: 'cancelled', record: await endAttempt(within, row, { kind: 'cancelled' }) };
    }
    await transaction
      .updateTable('jobs')
      .set({ cancel_requested_at: sql<Date>`coalesce(cancel_requested_at, now())` })
      .where('id', '=', id)
      .execute();
    await sql`select pg_notify(${CANCELLATIONS}, ${id})`.execute(transaction);
    return { kind: 'requested', record: recordOf(row) };
  });
}

export async function retryJob(
  options: JobRowsOptions & { readonly waiting: WaitingCount },
  id: string,
  limits: JobLimits,
): Promise<Retried | undefined> {
  const waiting = await options.waiting.current();
  return await change(options, async ({ transaction, entries, tellStatus }) => {
    const found = await transaction.selectFrom('jobs').select('owner').where('id', '=', id).executeTakeFirst();
    if (found !== undefined) await lockOwner(transaction, found.owner);
    const row = await lockJob(transaction, id);
    if (row === undefined) return undefined;
    const { status } = row;
    if (status !== 'failed' && status !== 'cancelled') return { kind: 'not_possible', status };
    const refused = await refusal(transaction, row.account, { limits, waiting });
    if (refused !== undefined) return refused;
    const rank = await nextRank(transaction, row);
    const updated = await transaction
      .updateTable('jobs')
      .set({
        status: 'pending',
        phase: 'queued',
        rank,
        errors: 0,
        lost: 0,
        speed: null,
        warnings: '[]',
        error: null,
        cancel_requested_at: null,
        queued_at: sql<Date>`date_trunc('milliseconds', now())`,
        available_at: sql<Date>`now()`,
        ended_at: null,
      })
      .where('id', '=', id)
      .returning(JOB_COLUMNS)
      .executeTakeFirstOrThrow();
    await entries.requeue(updated, 0);
    await tellStatus({ from: status, record: recordOf(updated) });
    const placed = await placedJobs(transaction).where('id', '=', id).executeTakeFirstOrThrow();
    return { kind: 'queued', record: recordOf(placed) };
  });
}

export async function removeJob(options: JobRowsOptions, id: string): Promise<'removed' | 'running' | undefined> {
  return await change(options, async ({ transaction, entries }) => {
    const row = await lockJob(transaction, id);
    if (row === undefined) return undefined;
    if (row.status === 'processing') return 'running';
    await entries.remove(id);
    await removeTraces(transaction, [id]);
    await removeCallbacks(transaction, id);
    await transaction.deleteFrom('jobs').where('id', '=', id).execute();
    return 'removed';
  });
}

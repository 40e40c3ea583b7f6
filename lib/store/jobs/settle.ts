import { sql } from 'kysely';
import { keysOf, type StoredResult } from '#lib/jobs/attempt.ts';
import type { StoredJob } from '#lib/jobs/job-store.ts';
import { type AttemptEnd, type Settlement, settlement } from '#lib/jobs/settlement.ts';
import { FRONT, forRunners } from '#lib/jobs/turns.ts';
import { toJsonb } from '#lib/store/json.ts';
import type { Change } from './change.ts';
import { doomObjects } from './objects.ts';
import { nextRank } from './queueing.ts';
import { foundJobOf, JOB_COLUMNS, type JobRow, recordOf } from './rows.ts';

const NOW = sql<Date>`date_trunc('milliseconds', now())`;

/** Ends the latest attempt of a locked row: it waits again, or has ended. Returns its record. */
export async function endAttempt(change: Change, row: JobRow, end: AttemptEnd): Promise<StoredJob> {
  const counts = { errors: row.errors, lost: row.lost, cancelRequested: row.cancel_requested_at !== null };
  const next = settlement(counts, end);
  const result = next.status === 'completed' && end.kind === 'completed' ? end.result : undefined;
  const keep = { attempt: row.attempts, keys: result === undefined ? [] : keysOf(result) };
  await doomObjects(change.transaction, [row.id], { keep, again: end.kind === 'lost' });
  const reason = reasonOf(end);
  if (next.status === 'pending') return await waitAgain(change, row, { ...next, reason });
  const warnings = end.kind === 'completed' ? end.warnings : row.warnings;
  const cache = result !== undefined && end.kind === 'completed' ? end.cache : undefined;
  return await finish(change, row, { next, result, cache, warnings, reason });
}

function reasonOf(end: AttemptEnd): string | undefined {
  if (end.kind === 'failed') return end.error.code;
  return end.kind === 'completed' || end.kind === 'cancelled' ? undefined : end.kind;
}

async function waitAgain(
  { transaction, entries, tellStatus }: Change,
  row: JobRow,
  {
    errors,
    lost,
    delaySeconds,
    error,
    reason,
    isForRunners: needsRunner,
  }: Extract<Settlement, { status: 'pending' }> & Reason,
): Promise<StoredJob> {
  // A job that was moved to the front takes its place among its priority again.
  const place = row.rank === FRONT ? await nextRank(transaction, row) : row.rank;
  const rank = needsRunner ? forRunners(place) : place;
  const updated = await transaction
    .updateTable('jobs')
    .set({
      status: 'pending',
      phase: 'queued',
      rank,
      errors,
      lost,
      eta_seconds: null,
      speed: null,
      warnings: '[]',
      instance_id: null,
      machine_id: null,
      available_at: sql<Date>`now() + make_interval(secs => ${delaySeconds})`,
    })
    .where('id', '=', row.id)
    .returning(JOB_COLUMNS)
    .executeTakeFirstOrThrow();
  await entries.requeue(updated, delaySeconds);
  const record = recordOf(updated);
  await tellStatus({ from: row.status, record, reason }, error);
  return record;
}

type Reason = { readonly reason: string | undefined };

type Finish = Reason & {
  readonly next: Exclude<Settlement, { status: 'pending' }>;
  readonly result: StoredResult | undefined;
  readonly cache: Extract<AttemptEnd, { kind: 'completed' }>['cache'];
  readonly warnings: readonly string[];
};

async function finish(
  { transaction, entries, onSettled, tellStatus }: Change,
  { id, status: from }: JobRow,
  { next, result, cache, warnings, reason }: Finish,
): Promise<StoredJob> {
  const updated = await transaction
    .updateTable('jobs')
    .set({
      status: next.status,
      phase: 'done',
      eta_seconds: null,
      warnings: toJsonb(warnings),
      ended_at: NOW,
      ...(next.status === 'failed' && { error: toJsonb(next.error), lost: next.lost }),
      ...(result !== undefined && {
        progress: 100,
        ...(cache !== undefined && { result_key: cache.key, build: cache.build }),
        result: toJsonb(result),
        result_bytes: bytesOf(result),
        result_expires_at: sql<Date>`${NOW} + make_interval(days => expires_in_days)`,
      }),
    })
    .where('id', '=', id)
    .returning(JOB_COLUMNS)
    .executeTakeFirstOrThrow();
  // Only a job that may be queued again keeps its entry.
  if (next.status === 'completed') await entries.finish(id);
  else await entries.shelve(id);
  const job = foundJobOf(updated);
  await tellStatus({ from, record: job.record, reason });
  await onSettled(job);
  return job.record;
}

function bytesOf({ outputs }: StoredResult): number {
  return outputs.reduce((sum, { key, bytes }) => sum + (key === null ? 0 : bytes), 0);
}

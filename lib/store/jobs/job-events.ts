import type { Kysely } from 'kysely';
import type { StoredJob } from '#lib/jobs/job-store.ts';
import { appendEvents, type NewEvent, removeEvents } from '#lib/store/events.ts';
import type { Tables } from '#lib/store/tables.ts';
import type { Failure } from '#lib/work/record.ts';

/** Tells followers of a new status. `failure`: why a job is started again. */
export async function appendStatus(db: Kysely<Tables>, job: StoredJob, failure: Failure | null = null): Promise<void> {
  // A waiting job starts over: its last figures no longer hold, and it has not ended.
  const outdated = job.status === 'pending' ? ['progress', 'end'] : job.ended_at === null ? ['end'] : ['progress'];
  await removeEvents(
    db,
    outdated.map((type) => ({ subject: job.id, type })),
  );
  await appendEvents(db, [
    statusEvent(job, failure),
    ...(job.ended_at === null ? [] : [{ subject: job.id, type: 'end', data: job, keep: 'latest' } as const]),
  ]);
}

/** The latest figures of a running job, and its new phase if it has changed. */
export async function tellProgress(db: Kysely<Tables>, job: StoredJob, isNewPhase: boolean): Promise<void> {
  const { id: subject, status, phase, progress, eta_seconds, speed } = job;
  const data = { status, phase, progress, eta_seconds, speed };
  const event: NewEvent = { subject, type: 'progress', data, keep: 'latest' };
  await appendEvents(db, isNewPhase ? [statusEvent(job, null), event] : [event]);
}

function statusEvent(job: StoredJob, failure: Failure | null): NewEvent {
  const { id: subject, status, phase, progress, attempts, errors } = job;
  const data = { status, phase, progress, attempts, errors, error: job.error ?? failure, at: new Date().toISOString() };
  return { subject, type: 'status', data, keep: 'once' };
}

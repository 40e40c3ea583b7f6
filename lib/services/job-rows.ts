import { callbackOf } from '#lib/jobs/callback.ts';
import type { FoundJob, JobQueue } from '#lib/jobs/job-store.ts';
import { type StatusChange, statusLine } from '#lib/jobs/status-change.ts';
import type { Log } from '#lib/log.ts';
import { enqueueCallback } from '#lib/store/callbacks/enqueue.ts';
import { createJobRows } from '#lib/store/jobs/jobs.ts';
import { openQueue } from './queue.ts';
import type { Store } from './store.ts';

export type JobRows = ReturnType<typeof createJobRows>;

export type JobRowsOptions = {
  readonly log: Log;
  readonly takes: boolean;
  /** Called for metrics. */
  readonly onStatus?: (change: StatusChange) => void;
};

/**
 * Opens the rows of jobs and the queue. Each new status is logged by the process that sets it. `takes`: whether this
 * process takes jobs from the queue; other processes only add them.
 */
export function openJobRows(
  store: Store,
  { log, takes, onStatus = () => undefined }: JobRowsOptions,
): { readonly rows: JobRows; readonly queue: JobQueue } {
  const queue = openQueue(store, { log, takes });
  const rows = createJobRows({
    ...store,
    entries: queue,
    onStatus(change) {
      log[change.reason === 'lost' ? 'warn' : 'info'](statusLine(change), 'job');
      onStatus(change);
    },
    async onSettled(transaction, job: FoundJob) {
      const { owner, callbackUrl } = job;
      if (callbackUrl !== null)
        await enqueueCallback(transaction, { owner, url: callbackUrl, ...callbackOf(job.record) });
    },
  });
  return { rows, queue };
}

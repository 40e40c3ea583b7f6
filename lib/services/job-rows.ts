import { callbackOf } from '#lib/jobs/callback.ts';
import type { FoundJob, JobQueue } from '#lib/jobs/job-store.ts';
import type { Log } from '#lib/log.ts';
import { enqueueCallback } from '#lib/store/callbacks/enqueue.ts';
import { createJobRows } from '#lib/store/jobs/jobs.ts';
import { openQueue } from './queue.ts';
import type { Store } from './store.ts';

export type JobRows = ReturnType<typeof createJobRows>;

/**
 * Opens the rows of jobs and the queue. `takes`: whether this process takes jobs from it; other processes only add them.
 */
export function openJobRows(
  store: Store,
  { log, takes }: { readonly log: Log; readonly takes: boolean },
): { readonly rows: JobRows; readonly queue: JobQueue } {
  const queue = openQueue(store, { log, takes });
  const rows = createJobRows({
    ...store,
    entries: queue,
    async onSettled(transaction, job: FoundJob) {
      const { owner, callbackUrl } = job;
      if (callbackUrl !== null)
        await enqueueCallback(transaction, { owner, url: callbackUrl, ...callbackOf(job.record) });
    },
  });
  return { rows, queue };
}

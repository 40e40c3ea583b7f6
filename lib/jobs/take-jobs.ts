import { type AttemptsOptions, openAttempts } from './attempts.ts';
import type { JobQueue } from './job-store.ts';

export type TakeJobsOptions = AttemptsOptions & {
  readonly queue: Pick<JobQueue, 'work'>;
  readonly slots: number;
  /** Jobs of one account at once; one slot less than there are, when absent. */
  readonly accountConcurrency?: number | undefined;
};

export type TakingJobs = {
  /** Takes no more jobs. */
  drain(): Promise<void>;
  /** Takes no more jobs, and hands back those that run. */
  stop(): Promise<void>;
  running(): number;
};

/** Runs jobs from the queue, one for each slot, until it is stopped. First it recovers those of an earlier process. */
export async function takeJobs(options: TakeJobsOptions): Promise<TakingJobs> {
  const { queue, rows, instance, slots, accountConcurrency = Math.max(1, slots - 1) } = options;
  await rows.recover(instance);
  const attempts = openAttempts(options);
  const { handle } = attempts;
  const work = await queue.work({ slots, accountConcurrency, handle });
  return {
    drain: () => work.stop(),
    async stop() {
      attempts.stop();
      await work.stop();
      attempts.close();
    },
    running: attempts.running,
  };
}

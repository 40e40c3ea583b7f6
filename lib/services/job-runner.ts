import { availableParallelism } from 'node:os';
import type { Config } from '#lib/config.ts';
import { notConfigured } from '#lib/errors.ts';
import { type TakingJobs, takeJobs } from '#lib/jobs/take-jobs.ts';
import { createLog, type Log } from '#lib/log.ts';
import type { Instance } from '#lib/store/instances.ts';
import { startCallbacks } from './callbacks.ts';
import { startJobChores } from './job-chores.ts';
import { openJobParts } from './job-parts.ts';
import { newInstance } from './presence.ts';
import { openStore, type Store } from './store.ts';

/** A process that runs jobs. */
export type JobRunnerServices = {
  readonly log: Log;
  readonly store: Store;
  readonly instance: Instance;
  /** Takes jobs from the queue, after those that an earlier process of this machine left. Throws UNAVAILABLE. */
  start(): Promise<void>;
  /** Takes no more jobs, hands back those that do not end within the grace period, and frees everything. */
  shutDown(): Promise<void>;
};

/** The composition root of a runner of jobs. Throws UNAVAILABLE without a database or a bucket. */
export function createJobRunnerServices(config: Config): JobRunnerServices {
  const log = createLog({ level: config.LOG_LEVEL });
  const store = openStore(config);
  if (store === undefined) throw notConfigured('store', 'jobs need a database: set DATABASE_URL');
  const instance: Instance = { ...newInstance(config, { store, log }), runnerKinds: ['jobs'] };
  const parts = openJobParts(config, { store, log, instance, takes: true });
  const { rows, results, metrics, directory, programs, taking: shared, run } = parts;
  const stopChores = startJobChores({ config, store, rows, results, log, instance, directory });
  const callbacks = startCallbacks({ config, store, log, counters: metrics });
  let taking: TakingJobs | undefined;
  return {
    ...{ log, store, instance },
    async start() {
      // A missing ffmpeg is reported now, not with the first job.
      programs().catch((error: unknown) => log.error({ err: error }, 'ffmpeg'));
      taking = await takeJobs({
        ...shared,
        slots: config.JOB_SLOTS ?? Math.max(1, availableParallelism() - 1),
        accountConcurrency: config.JOB_OWNER_CONCURRENCY,
        run: (job, hooks, signal) => run(job, hooks, { signal }),
      });
    },
    async shutDown() {
      const handBack = setTimeout(() => void taking?.stop(), config.SHUTDOWN_GRACE_SECONDS * 1_000);
      await taking?.drain();
      clearTimeout(handBack);
      await taking?.stop();
      await stopChores();
      await callbacks.stop();
      await parts.close();
      await store.close();
    },
  };
}

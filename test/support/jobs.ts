import { once } from 'node:events';
import { v7 as uuid } from 'uuid';
import type { AttemptOutcome, ClaimedJob, StoredResult } from '#lib/jobs/attempt.ts';
import type { JobInstance, JobLimits, NewJob, QueueEntry } from '#lib/jobs/job-store.ts';
import { JOB_SPEC, type JobSpec } from '#lib/jobs/spec/spec.ts';
import { type TakeJobsOptions, type TakingJobs, takeJobs } from '#lib/jobs/take-jobs.ts';
import { openQueue } from '#lib/services/queue.ts';
import type { Store } from '#lib/services/store.ts';
import type { JobRowsOptions } from '#lib/store/jobs/change.ts';
import { createJobRows } from '#lib/store/jobs/jobs.ts';
import { QUIET_LOG } from './quiet-log.ts';
import { storeOf } from './store.ts';

/** A test, or anything else with an end. */
type Test = { after(close: () => Promise<void>): void };

/** The rows and the queue of one process. */
export type Jobs = {
  readonly store: Store;
  readonly queue: ReturnType<typeof openQueue>;
  readonly rows: ReturnType<typeof createJobRows>;
  readonly instance: { readonly id: string; readonly machineId: string };
};

export type JobsOptions = Pick<JobRowsOptions, 'onSettled' | 'onStatus'> & {
  readonly takes?: boolean;
  readonly machineId?: string;
};

/** Opens rows and queue like a process does; they are closed when the test ends. */
export function openJobs(test: Test, url: string, options: JobsOptions = {}): Jobs {
  const { takes = true, machineId = uuid(), ...hooks } = options;
  const store = storeOf(test, url);
  const queue = openQueue(store, { log: QUIET_LOG, takes });
  test.after(() => queue.close());
  const rows = createJobRows({ ...store, entries: queue, ...hooks });
  return { store, queue, rows, instance: { id: uuid(), machineId } };
}

export const NO_LIMITS: JobLimits = {
  waiting: 1_000_000,
  waitingOfAccount: 1_000_000,
  storedBytesOfAccount: Number.MAX_SAFE_INTEGER,
};

/** A request of a job. */
export const SPEC: JobSpec = JOB_SPEC.parse({ inputs: { a: 'https://example.com/a.mp4' }, output: { format: 'mp4' } });

export function newJob(fields: Partial<NewJob> = {}): NewJob {
  const owner = fields.owner ?? 'ann';
  return {
    id: uuid(),
    owner,
    account: owner,
    spec: SPEC,
    priority: 5,
    metadata: null,
    callbackUrl: null,
    expiresInDays: 7,
    ...fields,
  };
}

/** Creates a job and returns its id. */
export async function submit({ rows }: Pick<Jobs, 'rows'>, fields: Partial<NewJob> = {}): Promise<string> {
  const created = await rows.create(newJob(fields), { limits: NO_LIMITS });
  if (created.kind !== 'created') throw new Error(created.kind);
  return created.record.id;
}

/** Takes the next entry, and holds it until the queue is closed. */
export async function takeOne({ queue }: Pick<Jobs, 'queue'>): Promise<QueueEntry> {
  const { promise, resolve } = Promise.withResolvers<QueueEntry>();
  const work = await queue.work({
    slots: 1,
    accountConcurrency: 1,
    handle: async (entry, held) => {
      resolve(entry);
      await once(held, 'abort');
    },
  });
  const entry = await promise;
  void work.stop();
  return entry;
}

export function storedResult(...keys: readonly string[]): StoredResult {
  const outputs = keys.map((key) => ({
    name: key,
    format: 'mp4',
    key,
    destination: null,
    bytes: 1_000,
    duration_seconds: 1,
    width: 160,
    height: 90,
    video: 'encoded' as const,
    audio: null,
    not_copied_because: null,
  }));
  return { outputs, cached: false };
}

/** Takes jobs with these slots until the test ends. Each job completes at once unless `run` says otherwise. */
export async function take(test: Test, jobs: Jobs, options: Partial<TakeJobsOptions> = {}): Promise<TakingJobs> {
  const taking = await takeJobs({
    ...jobs,
    slots: 1,
    run: async () => COMPLETED,
    log: QUIET_LOG,
    ...options,
  });
  test.after(() => taking.stop());
  return taking;
}

export const COMPLETED: AttemptOutcome = { kind: 'completed', result: { outputs: [], cached: false }, warnings: [] };

/** Starts the next attempt like a runner does. */
export async function start(jobs: Jobs, instance: JobInstance = jobs.instance): Promise<ClaimedJob> {
  const job = await jobs.rows.claim(await takeOne(jobs), instance);
  if (job === undefined) throw new Error('there is nothing to run');
  return job;
}

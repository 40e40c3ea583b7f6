import type { Config } from '#lib/config.ts';
import { isUnavailable } from '#lib/errors.ts';
import type { AttemptOutcome } from '#lib/jobs/attempt.ts';
import { sweepScratch } from '#lib/jobs/run/scratch.ts';
import { createSpeeds } from '#lib/jobs/run/speeds.ts';
import { type Fit, startFit } from '#lib/jobs/run/worker-fit.ts';
import { type TakeWaitingOptions, TIMES, takeWaiting } from '#lib/jobs/take-waiting.ts';
import type { Log } from '#lib/log.ts';
import { startCallbacks } from './callbacks.ts';
import { openJobParts } from './job-parts.ts';
import { lazily } from './lazily.ts';
import { newInstance } from './presence.ts';
import type { Store } from './store.ts';

export type JobWorkerReport =
  | { readonly status: 'disabled'; readonly reason: string }
  /** `started`: attempts; `may_be_more`: whether the time was over before the queue was empty. */
  | { readonly status: 'done'; readonly started: number; readonly may_be_more: boolean };

/** Runs the waiting jobs that fit into a function. */
export type JobWorker = {
  run(invocation: Invocation): Promise<JobWorkerReport>;
  /** Hands back what runs, and frees everything. */
  close(): Promise<void>;
};

type Invocation = {
  /** Whether the schedule woke the function. */
  readonly isScheduled: boolean;
  /** Returns the time until the platform ends the invocation, ms. */
  readonly remainingMs: () => number;
};

export type JobWorkerOptions = {
  readonly store: Store | undefined;
  readonly log: Log;
  /** Starts the function again. Never rejects. */
  readonly wake: () => Promise<void>;
};

/** Longest wait for the receivers of callbacks, ms; less than the time that is left when a job is handed back. */
const CALLBACKS_MS = 12_000;

/** Opens what `job-worker` does. Its parts are opened by the first run, which throws UNAVAILABLE without a bucket. */
export function openJobWorker(config: Config, { store, log, wake }: JobWorkerOptions): JobWorker {
  const isOnPlatform = config.AWS_LAMBDA_RUNTIME_API !== undefined;
  const hasRunners = config.RUNNER_KINDS.includes('jobs');
  const closing = new AbortController();
  const speeds = createSpeeds();
  const running = new Set<Promise<unknown>>();
  const parts = lazily(() => store && openParts(config, { store, log }));

  async function work({ isScheduled, remainingMs }: Invocation): Promise<JobWorkerReport> {
    if (isScheduled && !isOnPlatform) return disabled('outside of AWS Lambda, runners take the jobs');
    const opened = parts();
    if (opened === undefined) return disabled('no database is configured');
    const { taking, directory, sweep, run: runAttempt, sendCallbacks, metrics } = opened;
    await sweep();
    /** Where the function has less time than a job may need, its first job gets what there is. */
    let seconds = Math.min(config.JOB_WORKER_SECONDS, (remainingMs() - TIMES.handBack) / 1_000);
    const run: TakeWaitingOptions['run'] = async (job, hooks, signal) => {
      using fit = await startFit({ directory, seconds, speeds, now: () => performance.now() });
      seconds = config.JOB_WORKER_SECONDS;
      const either = AbortSignal.any([signal, fit.signal]);
      const outcome = await runAttempt(job, hooks, { signal: either, watch: fit.watch });
      return signal.aborted ? outcome : judged(outcome, fit, job.id);
    };
    const { started, mayBeMore } = await takeWaiting({
      ...{ ...taking, run, remainingMs, signal: closing.signal },
      accountConcurrency: config.JOB_OWNER_CONCURRENCY,
    });
    // A runner would send them.
    if (!hasRunners) await sendCallbacks();
    await metrics.publish().catch(unlessDown);
    if (mayBeMore && started > 0 && !closing.signal.aborted) await wake();
    return { status: 'done', started, may_be_more: mayBeMore };
  }

  /** A job that does not fit is left to a runner, or fails where none is configured. */
  function judged(outcome: AttemptOutcome, fit: Fit, jobId: string): AttemptOutcome {
    const error = fit.excess(outcome);
    if (error === undefined) return outcome;
    log.info({ job_id: jobId, ...error.details, has_runners: hasRunners }, 'a job does not fit into the function');
    return hasRunners ? { kind: 'handed_over' } : { kind: 'failed', error, retry: false };
  }

  return {
    async run(invocation) {
      const run = work(invocation);
      running.add(run);
      return await run.finally(() => running.delete(run));
    },
    async close() {
      closing.abort();
      await Promise.allSettled(running);
      await parts.made()?.close();
    },
  };
}

function openParts(config: Config, { store, log }: { readonly store: Store; readonly log: Log }) {
  const isOnPlatform = config.AWS_LAMBDA_RUNTIME_API !== undefined;
  // Without the id of the machine, whose runner would take over its jobs.
  const instance = {
    ...newInstance(config, { store, log }),
    ...{ machineId: undefined, runnerKinds: ['job-worker'] },
  };
  const parts = openJobParts(config, { store, log, instance, takes: false });
  return {
    ...parts,
    /** On the platform the folder is this environment's own: what others left is of processes that were killed. */
    sweep: async () => (isOnPlatform ? await sweepScratch(parts.directory, new Set([instance.id])) : 0),
    /** Sends the callbacks that are due. */
    sendCallbacks: () => startCallbacks({ config, store, log, counters: parts.metrics }).stop(CALLBACKS_MS),
  };
}

function disabled(reason: string): JobWorkerReport {
  return { status: 'disabled', reason };
}

function unlessDown(error: unknown): void {
  if (!isUnavailable(error)) throw error;
}

import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable, toAppError } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import type { AttemptHooks, AttemptObject, AttemptOutcome, ClaimedJob } from './attempt.ts';
import { createReports } from './attempt-reports.ts';
import type { AttemptStore, JobChores, JobInstance, JobQueue, QueueEntry, Settled } from './job-store.ts';
import { AttemptStopped, type StopKind } from './run/attempt-stopped.ts';
import { STARTS_TO_LONGEST } from './turns.ts';

export type TakeJobsOptions = {
  readonly queue: JobQueue;
  readonly rows: AttemptStore & Pick<JobChores, 'promoteLongestWaiting'>;
  readonly instance: JobInstance;
  readonly slots: number;
  /** Jobs of one account at once; one slot less than there are, when absent. */
  readonly accountConcurrency?: number | undefined;
  /** Runs one attempt. The reason of the signal is an `AttemptStopped`. */
  readonly run: (job: ClaimedJob, hooks: AttemptHooks, signal: AbortSignal) => Promise<AttemptOutcome>;
  readonly log: Log;
  /** Called for metrics. */
  readonly onStart?: (job: ClaimedJob) => void;
  readonly onEnd?: (job: ClaimedJob, ended: EndedAttempt) => void;
};

export type EndedAttempt = {
  readonly outcome: AttemptOutcome;
  readonly settled: Settled;
  /** Length of the attempt. */
  readonly seconds: number;
};

export type TakingJobs = {
  /** Takes no more jobs. */
  drain(): Promise<void>;
  /** Takes no more jobs, and hands back those that run. */
  stop(): Promise<void>;
  running(): number;
};

/** Time between two tries while the database is down, ms. */
const RETRY_MS = 1_000;

/** Runs jobs from the queue, one for each slot, until it is stopped. First it recovers those of an earlier process. */
export async function takeJobs(options: TakeJobsOptions): Promise<TakingJobs> {
  const { queue, rows, instance, slots, run, log, onStart, onEnd } = options;
  const { accountConcurrency = Math.max(1, slots - 1) } = options;
  const running = new Map<string, (kind: StopKind) => void>();
  let starts = 0;
  let isStopping = false;

  async function handle(entry: QueueEntry, held: AbortSignal): Promise<void> {
    const job = await insist(held, () => rows.claim(entry, instance));
    if (job === undefined) return;
    log.info(
      { job_id: job.id, from: 'pending', to: 'processing', attempt: job.attempt, waited_s: job.waitedSeconds },
      'job',
    );
    onStart?.(job);
    await promote();
    await attempt(job, held);
  }

  /** Moves the job that has waited longest to the front, so that the next start, the tenth, is its own. */
  async function promote(): Promise<void> {
    starts += 1;
    if (starts % STARTS_TO_LONGEST === STARTS_TO_LONGEST - 1) await rows.promoteLongestWaiting().catch(report);
  }

  async function attempt(job: ClaimedJob, held: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const stopping = new AbortController();
    const stop = (kind: StopKind) => stopping.abort(new AttemptStopped(kind));
    const loseEntry = () => stop('stale');
    held.addEventListener('abort', loseEntry, { once: true });
    running.set(job.id, stop);
    if (isStopping) stop('handed_back');
    const reports = createReports({ job, rows, onStop: stop, onError: report });
    const object = (begun: AttemptObject) =>
      insist(stopping.signal, () => rows.object(job.id, job.attempt, begun)).then(() =>
        stopping.signal.throwIfAborted(),
      );
    const outcome = await run(job, { ...reports, object }, stopping.signal).catch(failed);
    held.removeEventListener('abort', loseEntry);
    if (running.get(job.id) === stop) running.delete(job.id);
    await reports.end().catch(report);
    const result = outcomeOf(outcome, (stopping.signal.reason as AttemptStopped | undefined)?.kind);
    if (result === undefined) return;
    const settled = await insist(held, () => rows.settle(job.id, job.attempt, result));
    if (settled === undefined) return;
    const { to, ...fields } = logFields(result, settled);
    const run_s = (performance.now() - startedAt) / 1_000;
    log.info({ job_id: job.id, from: 'processing', to, attempt: job.attempt, run_s, ...fields }, 'job');
    onEnd?.(job, { outcome: result, settled, seconds: run_s });
  }

  function report(err: unknown): void {
    if (!isUnavailable(err)) log.error({ err }, 'job');
  }

  /** An exception is a defect, or a part that is down: neither is the fault of the request. */
  function failed(cause: unknown): AttemptOutcome {
    const error = toAppError(cause);
    if (error.code === 'INTERNAL_ERROR') report(cause);
    return { kind: 'failed', error, retry: true };
  }

  for (const id of await rows.recover(instance)) {
    log.warn({ job_id: id, from: 'processing', to: 'pending', outcome: 'lost' }, 'job');
  }
  const unlisten = rows.onCancelled((id) => {
    if (id !== undefined) running.get(id)?.('cancelled');
  });
  const work = await queue.work({
    slots,
    accountConcurrency,
    handle: (entry, held) => handle(entry, held).catch(report),
  });

  return {
    drain: () => work.stop(),
    async stop() {
      isStopping = true;
      for (const stop of running.values()) stop('handed_back');
      await work.stop();
      unlisten();
    },
    running: () => running.size,
  };
}

/** Repeats a query while the database is down. Returns undefined when the signal is aborted before it succeeds. */
async function insist<Result>(signal: AbortSignal, query: () => Promise<Result>): Promise<Result | undefined> {
  while (!signal.aborted) {
    try {
      return await query();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
  return undefined;
}

/** Returns what to settle: an attempt that was stopped ends by the reason, unless it had completed by then. */
function outcomeOf(outcome: AttemptOutcome, reason: StopKind | undefined): AttemptOutcome | undefined {
  if (reason === 'stale') return undefined;
  if (reason === undefined || outcome.kind === 'completed') return outcome;
  return { kind: reason };
}

function logFields(outcome: AttemptOutcome, settled: Settled) {
  if (settled.kind === 'stale') return { to: 'stale' };
  const error = outcome.kind === 'failed' ? { error_code: outcome.error.code } : {};
  return { to: settled.status, outcome: outcome.kind, errors: settled.record.errors, ...error };
}

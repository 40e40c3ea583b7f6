import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable, toAppError } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import type { AttemptHooks, AttemptObject, AttemptOutcome, ClaimedJob } from './attempt.ts';
import { createReports } from './attempt-reports.ts';
import type { AttemptStore, JobChores, JobInstance, QueueEntry, StoredJob } from './job-store.ts';
import { AttemptStopped, type StopKind } from './run/attempt-stopped.ts';
import { STARTS_TO_LONGEST } from './turns.ts';

export type AttemptsOptions = {
  readonly rows: AttemptStore & Pick<JobChores, 'promoteLongestWaiting'>;
  readonly instance: JobInstance;
  /** Runs one attempt. The reason of the signal is an `AttemptStopped`. */
  readonly run: (job: ClaimedJob, hooks: AttemptHooks, signal: AbortSignal) => Promise<AttemptOutcome>;
  readonly log: Log;
  /** Called for metrics. */
  readonly onStart?: (job: ClaimedJob) => void;
  /** Called when an attempt has ended its job after `seconds`. */
  readonly onEnd?: (ended: { readonly record: StoredJob; readonly seconds: number }) => void;
};

/** The attempts of this process. */
export type Attempts = {
  /** Claims the job of an entry, runs it and settles it. `held` is aborted when the entry is lost. Never rejects. */
  handle(entry: QueueEntry, held: AbortSignal): Promise<void>;
  /** Hands back those that run. */
  stop(): void;
  running(): number;
  /** Logs an error, unless the database is down. */
  report(error: unknown): void;
  /** No longer listens for cancellations. */
  close(): void;
};

type RunningAttempt = {
  stop(kind: StopKind): void;
  /** Stops it if its row shows that it must. */
  check(): void;
};

/** Time between two tries while the database is down, ms. */
const RETRY_MS = 1_000;

/** Opens what runs the attempts of entries, and listens for cancellations. */
export function openAttempts({ rows, instance, run, log, onStart, onEnd }: AttemptsOptions): Attempts {
  const running = new Map<string, RunningAttempt>();
  let starts = 0;
  let isStopping = false;

  async function handle(entry: QueueEntry, held: AbortSignal): Promise<void> {
    const job = await insist(held, () => rows.claim(entry, instance));
    if (job === undefined) return;
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
    const reports = createReports({ job, rows, onStop: stop, onError: report });
    const own: RunningAttempt = { stop, check: () => reports.progress({}) };
    running.set(job.id, own);
    if (isStopping) stop('handed_back');
    const object = (begun: AttemptObject) =>
      insist(stopping.signal, () => rows.object(job.id, job.attempt, begun)).then(() =>
        stopping.signal.throwIfAborted(),
      );
    const outcome = await run(job, { ...reports, object }, stopping.signal).catch(failed);
    held.removeEventListener('abort', loseEntry);
    if (running.get(job.id) === own) running.delete(job.id);
    await reports.end().catch(report);
    const result = outcomeOf(outcome, (stopping.signal.reason as AttemptStopped | undefined)?.kind);
    if (result === undefined) return;
    const settled = await insist(held, () => rows.settle(job.id, job.attempt, result));
    if (settled === undefined) return;
    if (settled.kind === 'stale')
      log.warn({ job_id: job.id, attempt: job.attempt, outcome: result.kind }, 'stale attempt');
    else if (settled.record.ended_at !== null)
      onEnd?.({ record: settled.record, seconds: (performance.now() - startedAt) / 1_000 });
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

  const close = rows.onCancelled((id) => {
    if (id !== undefined) running.get(id)?.stop('cancelled');
    else for (const each of running.values()) each.check();
  });

  return {
    handle: (entry, held) => handle(entry, held).catch(report),
    stop() {
      isStopping = true;
      for (const each of running.values()) each.stop('handed_back');
    },
    running: () => running.size,
    ...{ report, close },
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

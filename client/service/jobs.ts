import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import { afterFailure, type RestartPolicy } from '#lib/work/restart-policy.ts';
import { boundedText } from './bounded-text.ts';
import type { ServiceCalls } from './calls.ts';
import { followEvents } from './follow-events.ts';
import { fileNamed, filesOf, namesOf } from './job-files.ts';
import type { JobCheck, JobFile, JobPage, JobRecord, JobStatus } from './job-record.ts';
import type { JobRequest } from './job-request.ts';

type Cancellable = { readonly signal?: AbortSignal };

/** Video jobs on the service. All methods throw an AppError; UNAVAILABLE when the service cannot be reached. */
export type Jobs = {
  /**
   * Queues a job. It is repeated safely when a response is lost, by an `Idempotency-Key`: `idempotencyKey`, or a random
   * one. Send the same key again after a restart of your program, and the job still exists only once.
   */
  submit(request: JobRequest, options?: Cancellable & { readonly idempotencyKey?: string }): Promise<JobRecord>;
  /** Checks a request without queuing a job. */
  check(request: JobRequest, options?: Cancellable): Promise<JobCheck>;
  get(id: string, options?: Cancellable): Promise<JobRecord>;
  /** Returns one page, newest first; `cursor` is the `next_cursor` of the page before. */
  list(
    query?: { readonly status?: JobStatus | 'active'; readonly limit?: number; readonly cursor?: string },
    options?: Cancellable,
  ): Promise<JobPage>;
  /** Resolves with the job once it is completed, failed or cancelled. Calls `onChange` at every change until then. */
  wait(id: string, options?: Cancellable & { readonly onChange?: (job: JobRecord) => void }): Promise<JobRecord>;
  /** Cancels a job. The response may come before a running job has ended. */
  cancel(id: string, options?: Cancellable): Promise<JobRecord>;
  /** Queues a failed or cancelled job again, under the same id. */
  retry(id: string, options?: Cancellable): Promise<JobRecord>;
  /** Deletes a job that does not run, and its files. */
  delete(id: string, options?: Cancellable): Promise<void>;
  /** Returns the log of ffmpeg, or its command lines. */
  logs(id: string, options?: Cancellable & { readonly part?: 'log' | 'command' }): Promise<string>;
  /** Returns a file of a completed job, with a signed URL. `output`: its name, if there are several. Throws CONFLICT. */
  result(id: string, options?: Cancellable & { readonly output?: string }): Promise<JobFile>;
};

/** The service looks at the sources before it responds. */
const SUBMIT_MS = 20_000;
const LOG_MS = 20_000;
export const SUBMIT_AGAIN: RestartPolicy = { delaysMs: [250, 1_000, 4_000], maxFailures: 3 };
const FOLLOW_AGAIN: RestartPolicy = { delaysMs: [1_000], maxFailures: 2 };
/** Interval of requests while the service sends no events, ms. */
export const POLL_MS = 1_000;
/** Failures in a row after which `wait` gives up. */
export const POLL_AGAIN: RestartPolicy = { delaysMs: [1_000, 2_000, 5_000], maxFailures: 12 };

export function createJobs(calls: ServiceCalls<'jobs'>): Jobs {
  const one = (id: string, { signal }: Cancellable = {}) => ({
    path: PATHS.jobs.one,
    id,
    ...(signal === undefined ? {} : { signal }),
  });
  const get: Jobs['get'] = (id, options) => calls.request<JobRecord>('jobs', one(id, options));

  /** Yields when the job may have changed: after each event, and without events once a second. */
  async function* changes(id: string, signal: AbortSignal): AsyncGenerator<void> {
    try {
      const target = { name: 'jobs', path: PATHS.jobs.events, id } as const;
      for await (const _ of followEvents(calls, target, { signal, isFinal, restart: FOLLOW_AGAIN })) yield;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AppError)) throw error;
    }
    // Without events, as where each function has a URL of its own.
    for (;;) {
      yield;
      await delay(POLL_MS, undefined, { signal });
    }
  }

  return {
    async submit(request, { idempotencyKey = uuid(), signal } = {}) {
      const headers = { 'idempotency-key': idempotencyKey };
      const call = { method: 'POST', body: request, headers, timeoutMs: SUBMIT_MS, ...(signal && { signal }) } as const;
      return await persistently(() => calls.request<JobRecord>('jobs', call), { restart: SUBMIT_AGAIN, signal });
    },

    async check(request, { signal } = {}) {
      const query = { dry_run: 'true' };
      const call = { method: 'POST', body: request, query, timeoutMs: SUBMIT_MS, ...(signal && { signal }) } as const;
      return await calls.request<JobCheck>('jobs', call);
    },

    get,

    async list(query = {}, { signal } = {}) {
      const given = Object.entries(query).filter(([, value]) => value !== undefined);
      const fields = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
      return await calls.request<JobPage>('jobs', { query: fields, ...(signal && { signal }) });
    },

    async wait(id, { onChange = () => undefined, signal = new AbortController().signal } = {}) {
      let last = '';
      for await (const _ of changes(id, signal)) {
        const job = await persistently(() => get(id, { signal }), { restart: POLL_AGAIN, signal });
        if (job.ended_at !== null) return job;
        const now = JSON.stringify(job);
        if (now !== last) onChange(job);
        last = now;
      }
      return await get(id, { signal });
    },

    cancel: (id, options) => calls.request('jobs', { ...one(id, options), method: 'POST', path: PATHS.jobs.cancel }),
    retry: (id, options) => calls.request('jobs', { ...one(id, options), method: 'POST', path: PATHS.jobs.retry }),
    delete: (id, options) => calls.request('jobs', { ...one(id, options), method: 'DELETE' }),

    async logs(id, { part = 'log', signal } = {}) {
      const timeout = AbortSignal.timeout(LOG_MS);
      const within = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      const call = { ...one(id, { signal: within }), path: PATHS.jobs.logs, query: { part } };
      return await boundedText(await calls.open('jobs', call));
    },

    async result(id, { output, ...options } = {}) {
      const files = filesOf(await get(id, options));
      const file = fileNamed(files, output);
      if (file !== undefined) return file;
      const message = `output must be one of ${namesOf(files)}`;
      throw new AppError('VALIDATION_ERROR', { field: 'output' }, { message });
    },
  };
}

function isFinal(error: unknown): boolean {
  return error instanceof AppError && !error.recoverable;
}

/** Repeats a request whose response was lost, or that the service could not take. Throws the last failure. */
async function persistently<T>(
  request: () => Promise<T>,
  { restart, signal }: { readonly restart: RestartPolicy; readonly signal: AbortSignal | undefined },
): Promise<T> {
  for (let failures = 0; ; ) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof AppError) || !error.recoverable) throw error;
      const next = afterFailure(restart, { failures });
      if (next.delayMs === undefined) throw error;
      failures = next.failures;
      const asked = Number(error.details['retry_after_seconds'] ?? 0) * 1_000;
      await delay(Math.max(next.delayMs, Math.min(asked, LONGEST_WAIT_MS)), undefined, { ...(signal && { signal }) });
    }
  }
}

const LONGEST_WAIT_MS = 10_000;

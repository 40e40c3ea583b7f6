import { setImmediate } from 'node:timers/promises';
import { validate as isUuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { type Page, pageOf } from '#lib/work/page.ts';
import type { AttemptLog } from './attempt.ts';
import type { FoundJob, JobStore } from './job-store.ts';
import { chosenOutput } from './output-choice.ts';
import type { JobQuery, JobRecord } from './record.ts';
import { type LimitsOf, refusal } from './refusals.ts';
import { type Sign, shown } from './shown.ts';
import { notIn, storedResult } from './stored-result.ts';

export type JobsOptions = {
  readonly store: Pick<JobStore, 'find' | 'list' | 'cancel' | 'retry' | 'remove' | 'readLog'>;
  readonly sign: Sign;
  readonly limitsOf: LimitsOf;
};

/**
 * The jobs of a caller. Methods that take an id throw NOT_FOUND for an unknown or another caller's id. All methods throw
 * UNAVAILABLE while the database is down.
 */
export type Jobs = {
  /** Returns the job as it is stored. */
  find(caller: Caller, id: string): Promise<FoundJob['record']>;
  get(caller: Caller, id: string): Promise<JobRecord>;
  list(caller: Caller, query: JobQuery): Promise<Page<JobRecord>>;
  /** Returns the job, and whether a runner has yet to end it. Throws CONFLICT when it has completed or failed. */
  cancel(caller: Caller, id: string): Promise<{ readonly record: JobRecord; readonly isEnding: boolean }>;
  /** Queues a failed or cancelled job again. Throws CONFLICT, RATE_LIMITED and OVERLOADED. */
  retry(caller: Caller, id: string): Promise<JobRecord>;
  /** Throws CONFLICT while it runs. */
  remove(caller: Caller, id: string): Promise<void>;
  log(caller: Caller, id: string, part: AttemptLog['part']): Promise<string>;
  /**
   * Returns a signed URL of a file, or the URL of a package. Throws CONFLICT before the job is completed and for a file
   * that went to a destination of the request, and NOT_FOUND after the files have expired.
   */
  resultUrl(caller: Caller, id: string, output: string | undefined): Promise<string>;
};

export function createJobs({ store, sign, limitsOf }: JobsOptions): Jobs {
  async function found({ subject }: Caller, id: string): Promise<FoundJob> {
    const job = isUuid(id) ? await store.find(id.toLowerCase()) : undefined;
    if (job?.owner !== subject) throw noSuchJob();
    return job;
  }

  async function find(caller: Caller, id: string): Promise<FoundJob['record']> {
    return (await found(caller, id)).record;
  }

  return {
    find,
    get: async (caller, id) => await shown(await find(caller, id), sign),

    async list({ subject: owner }, { limit, ...query }) {
      const stored = await store.list({ ...query, limit: limit + 1, owner });
      const { items, next_cursor } = pageOf(stored, { limit, mayBeMore: false });
      const records: JobRecord[] = [];
      for (const item of items) {
        records.push(await shown(item, sign));
        // Signing the URLs of a whole page would block other requests.
        if (item.result !== null) await setImmediate();
      }
      return { items: records, next_cursor };
    },

    async cancel(caller, id) {
      const job = await find(caller, id);
      const cancelled = (await store.cancel(job.id)) ?? gone();
      const { kind, record } = cancelled;
      if (kind === 'ended' && record.status !== 'cancelled') throw notIn(record.status, 'be cancelled');
      return { record: await shown(record, sign), isEnding: kind === 'requested' };
    },

    async retry(caller, id) {
      const job = await find(caller, id);
      const retried = (await store.retry(job.id, await limitsOf(caller))) ?? gone();
      if (retried.kind === 'refused') throw refusal(retried);
      if (retried.kind === 'not_possible') throw notIn(retried.status, 'be queued again');
      return await shown(retried.record, sign);
    },

    async remove(caller, id) {
      const job = await find(caller, id);
      if ((await store.remove(job.id)) === 'running') throw notIn('processing', 'be deleted');
    },

    async log(caller, id, part) {
      const job = await find(caller, id);
      return await store.readLog(job.id, part);
    },

    async resultUrl(caller, id, output) {
      const record = await find(caller, id);
      const chosen = chosenOutput(storedResult(record).outputs, output);
      if (chosen.key === null) throw sentElsewhere(chosen.destination);
      return await sign(chosen.key, { jobId: record.id, output: chosen });
    },
  };
}

/** The job was deleted in the meantime. */
function gone(): never {
  throw noSuchJob();
}

function noSuchJob(): AppError {
  return new AppError('NOT_FOUND', {}, { message: 'no such job exists' });
}

function sentElsewhere(destination: string | null): AppError {
  const message = 'this file was sent to the destination that the request names';
  return new AppError('CONFLICT', { reason: 'destination', destination }, { message });
}

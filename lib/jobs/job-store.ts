import type { Cursor } from '#lib/work/cursor.ts';
import type {
  AttemptLog,
  AttemptObject,
  AttemptOutcome,
  AttemptProgress,
  ClaimedJob,
  StoredResult,
} from './attempt.ts';
import type { CacheKeys } from './cache-keys.ts';
import type { JobQuery, JobRecord } from './record.ts';
import type { JobSpec } from './spec/spec.ts';
import type { JobStatus } from './state.ts';

/** A job as it is stored: its result has keys where responses have signed URLs. */
export type StoredJob = Omit<JobRecord, 'result'> & {
  readonly result: (StoredResult & { readonly expires_at: string }) | null;
};

/** A job and what only the service may know about it. */
export type FoundJob = {
  readonly owner: string;
  readonly account: string;
  readonly record: StoredJob;
  readonly callbackUrl: string | null;
  /** The latest attempt; 0 before the first. */
  readonly attempt: number;
  /** The instance that runs it; null when none does. */
  readonly instanceId: string | null;
  readonly cancelRequested: boolean;
};

export type NewJob = {
  /** UUID v7. The entry in the queue has the same id. */
  readonly id: string;
  readonly owner: string;
  /** The name by which budgets count the caller: waiting jobs of different accounts take turns. */
  readonly account: string;
  readonly spec: JobSpec;
  /** From 1, the most urgent, to 10. */
  readonly priority: number;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly callbackUrl: string | null;
  /** Time for which the result is kept, days. */
  readonly expiresInDays: number;
  /** Present when an equal job or an earlier result may be the answer. */
  readonly cacheKeys?: CacheKeys | undefined;
};

/** `Idempotency-Key`, and a digest of the body that distinguishes a repeated request from a different one. */
export type Idempotency = { readonly key: string; readonly digest: string };

/** What may wait and be stored. A job over a limit is refused. */
export type JobLimits = {
  /** Waiting jobs of all accounts; counted once a second, so that it may be exceeded a little. */
  readonly waiting: number;
  /** Waiting jobs of one account. */
  readonly waitingOfAccount: number;
  /** Bytes of all results of one account. */
  readonly storedBytesOfAccount: number;
};

export type Refused = {
  readonly kind: 'refused';
  readonly limit: keyof JobLimits;
  readonly used: number;
  readonly max: number;
};

export type Created =
  | { readonly kind: 'created'; readonly record: StoredJob }
  /** An equal request has led to this job, which waits, runs or has just completed. */
  | { readonly kind: 'joined'; readonly record: StoredJob }
  /** Completed at once with the files of an earlier job. */
  | { readonly kind: 'reused'; readonly record: StoredJob }
  /** The same request came before. `record` is its first answer. */
  | { readonly kind: 'replayed'; readonly record: StoredJob }
  /** The same key came before with another body. */
  | { readonly kind: 'conflict' }
  | Refused;

/** The rows of jobs, as the API uses them. Every method throws UNAVAILABLE while the database is down. */
export type JobStore = {
  /** Writes the row and its entry in the queue in one transaction. Of N at once with one key, one is created. */
  create(job: NewJob, options: { idempotency?: Idempotency | undefined; limits: JobLimits }): Promise<Created>;
  /** Returns what the key has led to within 24 hours; undefined when it is new. */
  replay(
    owner: string,
    idempotency: Idempotency,
  ): Promise<Extract<Created, { kind: 'replayed' | 'conflict' }> | undefined>;
  find(id: string): Promise<FoundJob | undefined>;
  /** Newest first, at most `limit`. */
  list(query: JobListQuery): Promise<StoredJob[]>;
  /**
   * A waiting job is cancelled at once. Of a running one, its instance is notified, and the attempt's outcome settles it.
   */
  cancel(id: string): Promise<Cancelled | undefined>;
  /** Queues a failed or cancelled job again, under the same id, with its counts at zero. */
  retry(id: string, limits: JobLimits): Promise<Retried | undefined>;
  /** Deletes a job that does not run. Its objects are deleted by the next sweep. */
  remove(id: string): Promise<'removed' | 'running' | undefined>;
  /** The log of the latest attempt, or its command lines. */
  readLog(id: string, part: AttemptLog['part']): Promise<string>;
  usage(account: string): Promise<JobUsage>;
};

export type JobListQuery = Pick<JobQuery, 'status' | 'limit'> & {
  readonly owner: string;
  readonly cursor?: Cursor | undefined;
};

export type Cancelled =
  | { readonly kind: 'cancelled'; readonly record: StoredJob }
  | { readonly kind: 'requested'; readonly record: StoredJob }
  | { readonly kind: 'ended'; readonly record: StoredJob };

export type Retried =
  | { readonly kind: 'queued'; readonly record: StoredJob }
  /** It waits, runs or has completed. */
  | { readonly kind: 'not_possible'; readonly status: JobStatus }
  | Refused;

/** What one account uses now. */
export type JobUsage = { readonly waiting: number; readonly running: number; readonly storedBytes: number };

/** An entry that a slot of this process has taken from the queue. `claim` of an entry is the number of times it was. */
export type QueueEntry = { readonly id: string; readonly claim: number };

/** The process that runs jobs. */
export type JobInstance = { readonly id: string; readonly machineId?: string | undefined };

/** The rows of jobs, as a runner uses them. A stale attempt changes nothing. */
export type AttemptStore = {
  /**
   * Starts the next attempt. Returns undefined when there is nothing to run: the job has ended, was deleted, was
   * cancelled, has lost too many runners, or the entry was taken again by another process.
   */
  claim(entry: QueueEntry, instance: JobInstance): Promise<ClaimedJob | undefined>;
  /** Returns what the attempt must do: go on, stop because the job was cancelled, or stop because it is stale. */
  progress(id: string, attempt: number, update: AttemptProgress): Promise<'running' | 'cancelled' | 'stale'>;
  log(id: string, attempt: number, log: AttemptLog): Promise<void>;
  /** Call it before the object or upload is begun. Throws CONFLICT for a stale attempt, which must not begin it. */
  object(id: string, attempt: number, object: AttemptObject): Promise<void>;
  /**
   * One transaction: row, event, callback, objects and queue entry. Repeating it after a lost response changes nothing
   * and returns `stale`.
   */
  settle(id: string, attempt: number, outcome: AttemptOutcome): Promise<Settled>;
  /** Queues the jobs again that an earlier process of this machine left running. Returns their ids. */
  recover(instance: JobInstance): Promise<string[]>;
  /** Calls the handler with the id of a running job that was cancelled, and with undefined when some may be missed. */
  onCancelled(handler: (id: string | undefined) => void): () => void;
};

export type Settled =
  | { readonly kind: 'settled'; readonly status: JobStatus; readonly record: StoredJob }
  | { readonly kind: 'stale' };

/** An object or upload that no row needs any more. */
export type DoomedObject = {
  readonly id: string;
  readonly key: string;
  /** The multipart upload to abort; null for an object to delete. */
  readonly uploadId: string | null;
};

/** The rows of jobs, as `maintenance` uses them. */
export type JobChores = {
  /** Dooms the objects of results that have expired. Returns the number of jobs. */
  expireResults(): Promise<number>;
  /** Deletes jobs that ended before, with their events and logs. Returns their number. */
  deleteEndedBefore(time: Date): Promise<number>;
  /** Forgets idempotency keys after 24 hours. Returns their number. */
  forgetKeys(): Promise<number>;
  doomedObjects(limit: number): Promise<DoomedObject[]>;
  /** Call it after they were deleted from the storage. */
  forgetObjects(ids: readonly string[]): Promise<void>;
  /** Raises the priority of jobs that have waited long. Returns their number. */
  age(): Promise<number>;
  /** Moves the job that has waited longest to the front. Returns its id. */
  promoteLongestWaiting(): Promise<string | undefined>;
  /** Gives waiting and running jobs without an entry in the queue a new one. Returns their number. */
  mendEntries(): Promise<number>;
  counts(): Promise<JobCounts>;
};

/** Jobs of all accounts. */
export type JobCounts = { readonly waiting: number; readonly running: number };

/** The queue, as runners and functions use it. */
export type JobQueue = {
  /** Takes entries, one per slot. The handler gets an entry that is kept alive until it resolves. */
  work(options: WorkOptions): Promise<Work>;
  /** Takes the next entry that is not for runners only; undefined when there is none. Throws UNAVAILABLE. */
  next(options: NextOptions): Promise<HeldEntry | undefined>;
  /** Makes entries available again whose process no longer reports that it is alive. Processes that `work` always do. */
  tend(): Promise<void>;
  close(): Promise<void>;
};

export type NextOptions = {
  /** Entries of one account at once, in all processes; unlimited when absent. */
  readonly accountConcurrency?: number | undefined;
  /** Called when the entry could not be kept alive. */
  readonly onError: (error: unknown) => void;
};

/** An entry that is kept alive until it is released. */
export type HeldEntry = {
  readonly entry: QueueEntry;
  /** Aborted when another process has taken the entry. */
  readonly lost: AbortSignal;
  release(): void;
};

export type WorkOptions = {
  readonly slots: number;
  /** Entries of one account at once in this process. */
  readonly accountConcurrency: number;
  /** `signal` is aborted when another process has taken the entry. Must not reject. */
  readonly handle: (entry: QueueEntry, signal: AbortSignal) => Promise<void>;
};

export type Work = {
  /** Takes no more entries. Resolves when the handlers have. */
  stop(): Promise<void>;
};

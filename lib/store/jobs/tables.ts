import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { StoredResult } from '#lib/jobs/attempt.ts';
import type { StoredJob } from '#lib/jobs/job-store.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { JobPhase, JobStatus } from '#lib/jobs/state.ts';
import type { DefaultTime } from '#lib/store/columns.ts';
import type { Failure } from '#lib/work/record.ts';

/** Video jobs, waiting, running and ended. The queue holds an entry with the same id for each that waits or runs. */
export type JobsTable = {
  /** UUID v7, which increases with time; also the id of its entry in the queue. */
  id: string;
  /** The caller's `sub`. */
  owner: string;
  /** The name by which budgets count the caller; waiting jobs of different accounts take turns. */
  account: string;
  status: JobStatus;
  phase: JobPhase;
  /** The request. */
  spec: JSONColumnType<JobSpec, string, never>;
  metadata: JSONColumnType<Readonly<Record<string, unknown>> | null, string | null, never>;
  /** Where the end is reported. */
  callback_url: string | null;
  priority: number;
  /**
   * Place in the queue, the smallest first: priority and turn; -1 when it was moved to the front, less when it is for
   * runners only.
   */
  rank: number;
  progress: number | null;
  eta_seconds: number | null;
  speed: number | null;
  attempts: Generated<number>;
  errors: Generated<number>;
  /** Number of times that its runner died. */
  lost: Generated<number>;
  warnings: JSONColumnType<readonly string[], string | undefined, string>;
  error: JSONColumnType<Failure | null, string | undefined, string | null>;
  result: JSONColumnType<StoredResult | null, string | undefined, string | null>;
  /** Size of all files of the result. */
  result_bytes: ColumnType<string, number | undefined, number>;
  /** Time for which the result is kept, days. */
  expires_in_days: number;
  /** Digest of the request and the versions of its sources, if an equal request may get this job; null otherwise. */
  request_key: string | null;
  /** Digest of what the files were made of; null while there are none, and when an equal request must run. */
  result_key: string | null;
  /** The ffmpeg that made the files; null without a `result_key`. */
  build: string | null;
  /** Time at which the result is deleted; null without one. */
  result_expires_at: Date | null;
  /** The instance that runs it, or was the last to do so. */
  instance_id: string | null;
  /** The machine of that instance; null when it has no id. */
  machine_id: string | null;
  /** Time of the request to cancel it; null without one. */
  cancel_requested_at: Date | null;
  created_at: Date;
  /** Time since which it waits: of its creation, or of the request to run it again. */
  queued_at: Date;
  /** Time before which it is not started: later than the present after a recoverable failure. */
  available_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
};

/** Every object and multipart upload of a job, from before it is begun until it is deleted. */
export type JobObjectsTable = {
  /** UUID of the row. */
  id: Generated<string>;
  /** The job. The row remains when the job is deleted. */
  job_id: string;
  /** The attempt that began it. */
  attempt: number;
  /** Key in the bucket. */
  key: string;
  /** Id of the multipart upload; null for an object. */
  upload_id: string | null;
  /** Time of the write. */
  created_at: DefaultTime;
  /** Time from which it is to be deleted; null while it is needed. */
  delete_at: Date | null;
  /** Time of a second deletion, because its runner may have been only out of reach and finish it; null without one. */
  delete_again_at: Date | null;
};

/** What ffmpeg logged for each job in its latest attempt, redacted. */
export type JobLogsTable = {
  /** The job. */
  job_id: string;
  /** `log`, or `command` for the command lines. */
  part: string;
  /** The attempt that wrote it. */
  attempt: number;
  /** The end of the text, at most 262,144 characters. */
  text: string;
};

/** The idempotency keys of the last 24 hours. */
export type JobKeysTable = {
  /** The caller's `sub`. */
  owner: string;
  /** The `Idempotency-Key` of the request. */
  key: string;
  /** Digest of the request. */
  digest: string;
  /** The job in the first answer. */
  record: JSONColumnType<StoredJob, string, string>;
  /** Time of the first request. */
  created_at: DefaultTime;
};

/** For each priority, the turn that was last started. */
export type JobTurnsTable = {
  /** 1 to 10. */
  priority: number;
  /** An account's first waiting job gets this turn, its further ones the next. */
  turn: number;
};

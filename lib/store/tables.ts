import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { CallbackStatus } from '#lib/callbacks/queue.ts';
import type { KeyLimits } from '#lib/identity/keys/key-limits.ts';
import type { Snapshot } from '#lib/metrics/snapshot.ts';
import type { DefaultTime } from './columns.ts';
import type { JobKeysTable, JobLogsTable, JobObjectsTable, JobsTable, JobTurnsTable } from './jobs/tables.ts';

/** Processes of the service; each updates its row every few seconds. */
export type InstancesTable = {
  /** UUID v7, new at every start. */
  id: string;
  /** `host-pid`, for metrics and people. */
  name: string;
  /** UUID of the machine it runs on; null when none can be stored. */
  machine_id: string | null;
  /** The kinds of work that it does beyond requests, such as `jobs`; none for a host. */
  runner_kinds: Generated<string[]>;
  /** The ffmpeg with which it runs jobs; null for other processes, and before it is known. */
  job_build: string | null;
  /** Time of the first update. */
  started_at: DefaultTime;
  /** Time of the last update of this row. */
  seen_at: DefaultTime;
  /** Time of a proper end; null while it runs or after a crash. */
  ended_at: Date | null;
};

/** The counters and gauges of each instance, and one row with the totals of instances that no longer exist. */
export type MetricSnapshotsTable = {
  /** The instance; all zeros in the row with the totals. */
  instance_id: string;
  /** The metrics in prom-client's JSON format. */
  snapshot: ColumnType<Snapshot, string, string>;
  /** Time of the last update. */
  published_at: DefaultTime;
};

/** Records of running and ended transcodes. */
export type TranscodesTable = {
  /** UUID v7, which increases with time. */
  id: string;
  /** The caller's `sub`. */
  owner: string;
  /** The instance that streams it. */
  instance_id: string;
  state: string;
  source_format: string | null;
  output_format: string;
  /** Whether it is paced to real time and can be adjusted while it plays. */
  live: boolean;
  adjust: string[];
  filters: JSONColumnType<object>;
  progress: JSONColumnType<object>;
  metrics: JSONColumnType<object>;
  error: JSONColumnType<object | null>;
  cancelled_by: string | null;
  /** Time of the request. */
  created_at: Date;
  /** Time at which it ended; null before. */
  ended_at: Date | null;
};

/** The events of each subject, in order; clients read them as server-sent events. */
export type EventsTable = {
  /** The id of the subject, such as a transcode. */
  subject: string;
  /** Increases over all subjects; the id of the server-sent event. A bigint, read as text. */
  seq: Generated<string>;
  /** Name of the server-sent event, such as `progress`. */
  type: string;
  /** Body of the server-sent event. */
  data: JSONColumnType<object>;
  /** Time of the write. */
  created_at: DefaultTime;
};

/** API keys, including revoked ones. */
export type ApiKeysTable = {
  /** The public part of the key. */
  id: string;
  /** SHA-256 of the secret part. */
  secret_hash: Buffer;
  /** A name for people, set at creation. */
  name: string;
  /** Owner of the rows that the key gives access to: the `sub` of its caller. */
  subject: string;
  /** Scopes of the key. */
  scopes: string[];
  /** Limits of the key; what is absent has the service's own limit. */
  limits: JSONColumnType<KeyLimits, string | undefined, string>;
  /** Time of creation. */
  created_at: DefaultTime;
  /** Time of expiry; null: never. */
  expires_at: Date | null;
  /** Time of revocation; null while the key is valid. */
  revoked_at: Date | null;
  /** The key that made this one; null when it was made on the machine. */
  made_by: string | null;
};

/** Requests and wrong credentials of all instances within the window of a rate limit. */
export type RateLimitsTable = {
  /** Name of the limit, and the address, network or hash of the caller that is counted. */
  key: string;
  /** The count. */
  points: number;
  /** End of the window: Unix time, ms. */
  expire: string | null;
};

/** Callbacks: messages to the URLs of callers. Those without `ended_at` are the queue of deliveries. */
export type CallbacksTable = {
  /** UUID v7; the header `webhook-id`. */
  id: string;
  /** Whose secret signs it: a `sub`. */
  owner: string;
  /** The id of what it is about, such as a job. */
  subject_id: string;
  /** Name of the event, such as `job.completed`. */
  event: string;
  /** Where it is sent. */
  url: string;
  /** The body, exactly as it is signed and sent. */
  body: string;
  /** `pending`, `delivered`, `failed` (given up) or `dropped` (never sent: too many were waiting). */
  status: ColumnType<CallbackStatus, string, string>;
  /** Number of attempts. */
  attempts: Generated<number>;
  /** Failed attempts in a row, since it was added or replayed. */
  failures: Generated<number>;
  /** Time of the next attempt; while one is made, the time at which another worker takes over. */
  due_at: Date;
  /** The worker that makes an attempt; null while it waits. */
  claimed_by: string | null;
  /** Time of the event. */
  created_at: DefaultTime;
  /** Time at which it ended; null while it is pending. */
  ended_at: Date | null;
};

/** The last attempts of each callback. */
export type CallbackAttemptsTable = {
  /** The callback; its attempts are deleted with it. */
  callback_id: string;
  /** Counts the attempts of the callback, from 1. */
  number: number;
  /** Time of its start. */
  started_at: Date;
  /** Its duration, milliseconds. */
  ms: number;
  /** HTTP status of the response; null without one. */
  status: number | null;
  /** Why there was no response; null with one. */
  reason: string | null;
};

/** Secrets that sign callbacks: each owner has a current one, and for a day after a rotation the one before. */
export type CallbackSecretsTable = {
  /** UUID v7, a part of what is sealed. */
  id: string;
  /** Whose callbacks it signs: a `sub`. */
  owner: string;
  /** The secret, sealed with a key of SECRETS_KEYS. */
  sealed: string;
  /** Time of creation. */
  created_at: DefaultTime;
  /** Time of expiry; null for the current secret of the owner. */
  expires_at: Date | null;
};

export type Tables = {
  instances: InstancesTable;
  metric_snapshots: MetricSnapshotsTable;
  transcodes: TranscodesTable;
  events: EventsTable;
  api_keys: ApiKeysTable;
  rate_limits: RateLimitsTable;
  jobs: JobsTable;
  job_objects: JobObjectsTable;
  job_logs: JobLogsTable;
  job_keys: JobKeysTable;
  job_turns: JobTurnsTable;
  callbacks: CallbacksTable;
  callback_attempts: CallbackAttemptsTable;
  callback_secrets: CallbackSecretsTable;
};

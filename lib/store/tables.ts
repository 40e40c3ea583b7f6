import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { Snapshot } from '#lib/metrics/snapshot.ts';

/** A point in time that the database sets unless it is told. */
type DefaultTime = ColumnType<Date, Date | undefined, Date>;

/** Processes of the service; each updates its row every few seconds. */
export type InstancesTable = {
  /** UUID v7, new with every start. */
  id: string;
  /** `host-pid`, for metrics and people. */
  name: string;
  /** UUID of the machine it runs on; null where none can be kept. */
  machine_id: string | null;
  /** Time of its first update. */
  started_at: DefaultTime;
  /** Time of its last update. */
  seen_at: DefaultTime;
  /** When it ended properly; null while it runs, or when it died. */
  ended_at: Date | null;
};

/** The counters and gauges of each instance, and one row with the sum of the instances that are gone. */
export type MetricSnapshotsTable = {
  /** The instance that counts; all zeros in the row of the sum. */
  instance_id: string;
  /** prom-client's JSON. */
  snapshot: ColumnType<Snapshot, string, string>;
  /** Time of the last update. */
  published_at: DefaultTime;
};

/** Records of transcodes, running and ended. */
export type TranscodesTable = {
  /** UUID v7: grows with time. */
  id: string;
  /** The caller's `sub`. */
  owner: string;
  /** The instance that streams it. */
  instance_id: string;
  state: string;
  source_format: string | null;
  output_format: string;
  /** Paced to real time, and adjustable while it plays. */
  live: boolean;
  adjust: string[];
  filters: JSONColumnType<object>;
  progress: JSONColumnType<object>;
  metrics: JSONColumnType<object>;
  error: JSONColumnType<object | null>;
  cancelled_by: string | null;
  /** When the request came. */
  created_at: Date;
  /** When it reached its last state; null before. */
  ended_at: Date | null;
};

/** The events of each subject, in order; clients read them as server-sent events. */
export type EventsTable = {
  /** The id of what the event is about, such as a transcode. */
  subject: string;
  /** Grows over all subjects; the id of the server-sent event. A bigint, read as text. */
  seq: Generated<string>;
  /** Name of the server-sent event, such as `progress`. */
  type: string;
  /** Body of the server-sent event. */
  data: JSONColumnType<object>;
  /** When it was written. */
  created_at: DefaultTime;
};

/** API keys, also those that have been revoked. */
export type ApiKeysTable = {
  /** The public part of the key. */
  id: string;
  /** SHA-256 of the secret part. */
  secret_hash: Buffer;
  /** Given by the key's maker, for people. */
  name: string;
  /** The owner of the rows that the key works on: the `sub` of its caller. */
  subject: string;
  /** What the key may do. */
  scopes: string[];
  /** When it was made. */
  created_at: DefaultTime;
  /** When it stops working; null: never. */
  expires_at: Date | null;
  /** When it was revoked; null while it holds. */
  revoked_at: Date | null;
};

/** Requests and wrong credentials within the window of a rate limit, over all instances. */
export type RateLimitsTable = {
  /** Name of the limit, and the address, network or hash of the caller it counts. */
  key: string;
  /** The count. */
  points: number;
  /** End of the window: Unix time, ms. */
  expire: string | null;
};

export type Tables = {
  instances: InstancesTable;
  metric_snapshots: MetricSnapshotsTable;
  transcodes: TranscodesTable;
  events: EventsTable;
  api_keys: ApiKeysTable;
  rate_limits: RateLimitsTable;
};

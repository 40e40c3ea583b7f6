import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { Snapshot } from '#lib/metrics/snapshot.ts';

/** A point in time that the database sets unless it is told. */
type DefaultTime = ColumnType<Date, Date | undefined, Date>;

/** One running process of the service; it says every few seconds that it is alive. */
export type InstancesTable = {
  /** UUID v7, new with every start. */
  id: string;
  /** `host-pid`, as metrics and people name it. */
  name: string;
  /** Of the machine it runs on; null where none can be kept. */
  machine_id: string | null;
  started_at: DefaultTime;
  seen_at: DefaultTime;
  /** When it ended properly. */
  ended_at: Date | null;
};

/** What an instance counts (prom-client's JSON), and one row of what instances that are gone have counted. */
export type MetricSnapshotsTable = {
  instance_id: string;
  snapshot: ColumnType<Snapshot, string, string>;
  published_at: DefaultTime;
};

export type TranscodesTable = {
  id: string;
  /** The caller's `sub`. */
  owner: string;
  instance_id: string;
  state: string;
  source_format: string | null;
  output_format: string;
  live: boolean;
  adjust: string[];
  filters: JSONColumnType<object>;
  progress: JSONColumnType<object>;
  metrics: JSONColumnType<object>;
  error: JSONColumnType<object | null>;
  cancelled_by: string | null;
  created_at: Date;
  ended_at: Date | null;
};

/** What happened to a subject, in order: what SSE tells. */
export type EventsTable = {
  subject: string;
  /** Grows over all subjects. Comes as text: it is a bigint. */
  seq: Generated<string>;
  type: string;
  data: JSONColumnType<object>;
  created_at: DefaultTime;
};

export type ApiKeysTable = {
  /** The public part of the key. */
  id: string;
  /** SHA-256 of the secret part. */
  secret_hash: Buffer;
  name: string;
  /** Whose rows the key works on: the `sub` of its caller. */
  subject: string;
  scopes: string[];
  created_at: DefaultTime;
  expires_at: Date | null;
  revoked_at: Date | null;
};

/** What callers and addresses have asked within their window, over all instances. */
export type RateLimitsTable = {
  key: string;
  points: number;
  /** Unix time, ms. */
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

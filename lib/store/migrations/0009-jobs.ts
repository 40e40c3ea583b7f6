import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await createJobs(db);
  await createIndexes(db);
  await db.schema
    .createTable('job_objects')
    .addColumn('id', 'uuid', (column) => column.primaryKey().defaultTo(sql`gen_random_uuid()`))
    .addColumn('job_id', 'uuid', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('upload_id', 'text')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('delete_at', 'timestamptz')
    .addColumn('delete_again_at', 'timestamptz')
    .execute();
  await sql`
    create unique index job_objects_of_job on job_objects (job_id, attempt, key, coalesce(upload_id, ''))`.execute(db);
  await sql`create index job_objects_doomed on job_objects (delete_at) where delete_at is not null`.execute(db);
  await db.schema
    .createTable('job_logs')
    .addColumn('job_id', 'uuid', (column) => column.notNull())
    .addColumn('part', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('job_logs_pkey', ['job_id', 'part'])
    .execute();
  await db.schema
    .createTable('job_keys')
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('record', 'jsonb', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('job_keys_pkey', ['owner', 'key'])
    .execute();
  await db.schema.createIndex('job_keys_by_age').on('job_keys').column('created_at').execute();
  await db.schema
    .createTable('job_turns')
    .addColumn('priority', 'smallint', (column) => column.primaryKey())
    .addColumn('turn', 'integer', (column) => column.notNull())
    .execute();
  await sql`insert into job_turns (priority, turn) select priority, 0 from generate_series(1, 10) as priority`.execute(
    db,
  );
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('jobs')
    .addColumn('id', 'uuid', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('phase', 'text', (column) => column.notNull())
    .addColumn('spec', 'jsonb', (column) => column.notNull())
    .addColumn('metadata', 'jsonb')
    .addColumn('callback_url', 'text')
    .addColumn('priority', 'smallint', (column) => column.notNull())
    .addColumn('rank', 'integer', (column) => column.notNull())
    .addColumn('progress', 'double precision')
    .addColumn('eta_seconds', 'double precision')
    .addColumn('speed', 'double precision')
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('errors', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('lost', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('warnings', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'::jsonb`))
    .addColumn('error', 'jsonb')
    .addColumn('result', 'jsonb')
    .addColumn('result_bytes', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('expires_in_days', 'smallint', (column) => column.notNull())
    .addColumn('result_expires_at', 'timestamptz')
    .addColumn('instance_id', 'uuid')
    .addColumn('machine_id', 'uuid')
    .addColumn('cancel_requested_at', 'timestamptz')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('queued_at', 'timestamptz', (column) => column.notNull())
    .addColumn('available_at', 'timestamptz', (column) => column.notNull())
    .addColumn('started_at', 'timestamptz')
    .addColumn('ended_at', 'timestamptz')
    .execute();
}

/** Partial indexes: what waits and what runs is found in the same time whatever has ended, and how many wait. */
async function createIndexes(db: Kysely<unknown>): Promise<void> {
  for (const index of [
    sql`create index jobs_of_owner on jobs (owner, created_at desc, id desc)`,
    sql`create index jobs_by_status on jobs (owner, status, created_at desc, id desc)`,
    sql`create index jobs_active on jobs (owner, created_at desc, id desc) where ended_at is null`,
    sql`create index jobs_active_ids on jobs (id) where ended_at is null`,
    sql`create index jobs_waiting on jobs (rank, queued_at, id) where status = 'pending'`,
    sql`create index jobs_waiting_of_account on jobs (account, rank) where status = 'pending'`,
    sql`create index jobs_waiting_longest on jobs (queued_at) where status = 'pending'`,
    sql`create index jobs_running on jobs (account, machine_id) where status = 'processing'`,
    sql`create index jobs_stored on jobs (account, result_expires_at, result_bytes) where result_expires_at is not null`,
    sql`create index jobs_expiring on jobs (result_expires_at) where result_expires_at is not null`,
  ]) {
    await index.execute(db);
  }
}

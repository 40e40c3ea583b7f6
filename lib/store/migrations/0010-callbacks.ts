import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('callbacks')
    .addColumn('id', 'uuid', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('subject_id', 'uuid', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('failures', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('due_at', 'timestamptz', (column) => column.notNull())
    .addColumn('claimed_by', 'uuid')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('ended_at', 'timestamptz')
    .execute();
  // The queues of the owners; the time of the next attempt; what each owner has running.
  await sql`create index callbacks_of_owner on callbacks (owner, due_at, id) where ended_at is null`.execute(db);
  await sql`create index callbacks_due on callbacks (due_at) where ended_at is null`.execute(db);
  await sql`create index callbacks_claimed on callbacks (owner) where claimed_by is not null`.execute(db);
  await sql`create index callbacks_of_subject on callbacks (subject_id, id)`.execute(db);
  await sql`create index callbacks_ended on callbacks (ended_at) where ended_at is not null`.execute(db);
  await db.schema
    .createTable('callback_attempts')
    .addColumn('callback_id', 'uuid', (column) => column.notNull().references('callbacks.id').onDelete('cascade'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'timestamptz', (column) => column.notNull())
    .addColumn('ms', 'integer', (column) => column.notNull())
    .addColumn('status', 'integer')
    .addColumn('reason', 'text')
    .addPrimaryKeyConstraint('callback_attempts_pkey', ['callback_id', 'number'])
    .execute();
  await db.schema
    .createTable('callback_secrets')
    .addColumn('id', 'uuid', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('expires_at', 'timestamptz')
    .execute();
  await sql`create unique index callback_secrets_current on callback_secrets (owner) where expires_at is null`.execute(
    db,
  );
  await sql`create index callback_secrets_of_owner on callback_secrets (owner)`.execute(db);
}

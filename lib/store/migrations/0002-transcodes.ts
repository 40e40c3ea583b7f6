import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('transcodes')
    .addColumn('id', 'uuid', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('instance_id', 'uuid', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('source_format', 'text')
    .addColumn('output_format', 'text', (column) => column.notNull())
    .addColumn('live', 'boolean', (column) => column.notNull())
    .addColumn('adjust', sql`text[]`, (column) => column.notNull())
    .addColumn('filters', 'jsonb', (column) => column.notNull())
    .addColumn('progress', 'jsonb', (column) => column.notNull())
    .addColumn('metrics', 'jsonb', (column) => column.notNull())
    .addColumn('error', 'jsonb')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('ended_at', 'timestamptz')
    .execute();
  await db.schema
    .createIndex('transcodes_of_owner')
    .on('transcodes')
    .columns(['owner', 'created_at desc', 'id desc'])
    .execute();
  await db.schema
    .createIndex('transcodes_active')
    .on('transcodes')
    .column('instance_id')
    .where(sql.ref('ended_at'), 'is', null)
    .execute();
}

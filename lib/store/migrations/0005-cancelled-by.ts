import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('transcodes').addColumn('cancelled_by', 'text').execute();
}

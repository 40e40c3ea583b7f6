import { type Kysely, sql } from 'kysely';

/** The kinds of work that a process does beyond requests; none for a host. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table instances add column runner_kinds text[] not null default '{}'`.execute(db);
}

import { type Kysely, sql } from 'kysely';

/** What identifies requests and results, so that a request may use an earlier result. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    sql`alter table jobs add column request_key text`,
    sql`alter table jobs add column result_key text`,
    sql`alter table jobs add column build text`,
    sql`alter table instances add column job_build text`,
    sql`create index jobs_of_request on jobs (owner, request_key, created_at) where request_key is not null`,
    sql`
      create index jobs_of_result on jobs (owner, result_key, created_at)
      where result_key is not null and result_expires_at is not null`,
    sql`create index job_objects_by_key on job_objects (key)`,
  ]) {
    await statement.execute(db);
  }
}

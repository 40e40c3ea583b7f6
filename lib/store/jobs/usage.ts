import { type Kysely, sql } from 'kysely';
import type { JobCounts, JobLimits, JobUsage } from '#lib/jobs/job-store.ts';
import type { JobSize } from '#lib/metrics/job-gauges.ts';
import type { Tables } from '#lib/store/tables.ts';

/** Returns what the limits of an account are about. Its waiting jobs are counted up to `most`. */
export async function usedOf(db: Kysely<Tables>, account: string, most: number): Promise<Omit<JobLimits, 'waiting'>> {
  const { rows } = await sql<Omit<JobLimits, 'waiting'>>`
    select
      (select count(*)::int from (
        select from jobs where status = 'pending' and account = ${account} order by rank limit ${most}
      ) as counted) as "waitingOfAccount",
      (${storedBytes(account)}) as "storedBytesOfAccount"`.execute(db);
  return rows[0] ?? { waitingOfAccount: 0, storedBytesOfAccount: 0 };
}

/** The size of all results of an account, bytes. */
function storedBytes(account: string) {
  return sql`
    select coalesce(sum(result_bytes), 0)::float8 from jobs
    where account = ${account} and result_expires_at is not null`;
}

export async function usageOf(db: Kysely<Tables>, account: string): Promise<JobUsage> {
  const { rows } = await sql<JobUsage>`
    select
      (select count(*)::int from jobs where status = 'pending' and account = ${account}) as waiting,
      (select count(*)::int from jobs where status = 'processing' and account = ${account}) as running,
      (${storedBytes(account)}) as "storedBytes"`.execute(db);
  return rows[0] ?? { waiting: 0, running: 0, storedBytes: 0 };
}

export async function countJobs(db: Kysely<Tables>): Promise<JobCounts> {
  const { rows } = await sql<JobCounts>`
    select
      (select count(*)::int from jobs where status = 'pending') as waiting,
      (select count(*)::int from jobs where status = 'processing') as running`.execute(db);
  return rows[0] ?? { waiting: 0, running: 0 };
}

/** Returns the number of jobs that have not ended, by status and priority. */
export async function jobSizes(db: Kysely<Tables>): Promise<JobSize[]> {
  const { rows } = await sql<JobSize>`
    select status, priority, count(*)::int as count from jobs
    where ended_at is null and status in ('pending', 'processing') group by status, priority`.execute(db);
  return rows;
}

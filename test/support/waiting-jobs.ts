import { query } from './query.ts';

/** Adds waiting jobs of a hundred accounts until `count` wait, with their entries in the queue. */
export async function fillQueue(url: string, count: number): Promise<void> {
  // Without the triggers of foreign keys, which take most of the time.
  await query(
    url,
    `set session_replication_role = replica;
     insert into jobs (id, owner, account, status, phase, spec, priority, rank, expires_in_days, created_at, queued_at,
       available_at)
     select uuidv7(), 'o' || n % 100, 'o' || n % 100, 'pending', 'queued', '{}', 5, 800000000 + n / 100, 7,
       now() - n * interval '1 ms', now() - n * interval '1 ms', now()
     from generate_series((select count(*)::int from jobs where status = 'pending') + 1, ${count}) as n;
     insert into pgboss.job (id, name, priority, group_id, heartbeat_seconds, policy)
     select id, 'jobs', -rank, account, 60, 'standard' from jobs where status = 'pending' on conflict do nothing;`,
  );
  await query(url, 'vacuum analyze jobs');
  await query(url, 'vacuum analyze pgboss.job_common');
}

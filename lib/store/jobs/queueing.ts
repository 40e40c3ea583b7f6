import { type Kysely, sql } from 'kysely';
import { placeOf, rankOf, TURNS } from '#lib/jobs/turns.ts';
import type { Tables } from '#lib/store/tables.ts';

/** Returns the rank of an account's next job of a priority. */
export async function nextRank(
  db: Kysely<Tables>,
  { account, priority }: { readonly account: string; readonly priority: number },
): Promise<number> {
  const [first, end] = [rankOf(priority, 0), rankOf(priority, 0) + TURNS];
  const { rows } = await sql<{ started: number; last: number | null }>`
    select turn as started, (
      select max(rank) from jobs
      where status = 'pending' and account = ${account} and rank >= ${first} and rank < ${end}
    ) as last
    from job_turns where priority = ${priority}`.execute(db);
  const { started = 0, last = null } = rows[0] ?? {};
  const afterOwn = last === null ? 0 : last - first + 1;
  return rankOf(priority, Math.max(started, afterOwn));
}

/** Records that a turn has started: new jobs of other accounts get the same. */
export async function startTurn(db: Kysely<Tables>, rank: number): Promise<void> {
  const place = placeOf(rank);
  if (place === undefined) return;
  const { priority, turn } = place;
  await db.updateTable('job_turns').set({ turn }).where('priority', '=', priority).where('turn', '<', turn).execute();
}

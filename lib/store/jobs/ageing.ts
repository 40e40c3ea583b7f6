import { sql } from 'kysely';
import { FRONT, HIGHEST_BY_AGE, placeOf, RISE_SECONDS, rankOf } from '#lib/jobs/turns.ts';
import { type Change, change, type JobRowsOptions } from './change.ts';

/** Most jobs that one call moves, the longest waiting first. The others are far from the front anyway. */
const MOST_AT_ONCE = 200;
/** Id of the advisory lock for ageing: any number that nothing else uses. */
const AGEING_LOCK = 7_306_372;

/**
 * Raises waiting jobs by one priority for every ten minutes, but never above 4. Those of one account get turns one after
 * another, from the current one. Returns the number of jobs raised.
 */
export async function ageJobs(options: JobRowsOptions): Promise<number> {
  return await change(options, async ({ transaction, entries }) => {
    const { rows: locks } = await sql<{ mine: boolean }>`
      select pg_try_advisory_xact_lock(${AGEING_LOCK}) as mine`.execute(transaction);
    if (locks[0]?.mine !== true) return 0;
    const due = await dueJobs(transaction);
    for (const { id, wanted, turn, nth } of due) {
      await move({ transaction, entries }, { id, rank: rankOf(wanted, turn + nth) });
    }
    return due.length;
  });
}

type Due = { readonly id: string; readonly wanted: number; readonly turn: number; readonly nth: number };

/** Selects the jobs that must rise, with the current turn of their new priority, and how many of the account precede. */
async function dueJobs(transaction: Change['transaction']): Promise<Due[]> {
  const { rows } = await sql<Due>`
    with due as (
      select id, account, queued_at, wanted from jobs, lateral (
        select greatest(
          ${HIGHEST_BY_AGE}::int, priority - floor(extract(epoch from now() - queued_at) / ${RISE_SECONDS})::int
        ) as wanted
      ) as aged
      where status = 'pending' and available_at <= now() and rank >= ${rankOf(HIGHEST_BY_AGE + 1, 0)}::int
        and queued_at <= now() - make_interval(secs => ${RISE_SECONDS}) and rank >= wanted * ${rankOf(2, 0)}::bigint
      order by queued_at limit ${MOST_AT_ONCE} for update of jobs skip locked
    )
    select id, wanted, turn, (row_number() over (partition by account, wanted order by queued_at, id) - 1)::int as nth
    from due join job_turns on job_turns.priority = due.wanted
    order by queued_at, id`.execute(transaction);
  return rows;
}

/** Moves the job that has waited longest, of those that every process takes, to the front of the queue. Returns its id. */
export async function promoteLongest(options: JobRowsOptions): Promise<string | undefined> {
  return await change(options, async (within) => {
    const row = await within.transaction
      .selectFrom('jobs')
      .select(['id', 'rank'])
      .where(sql<boolean>`status = 'pending'`)
      .where('available_at', '<=', sql<Date>`now()`)
      .where('rank', '>=', FRONT)
      .orderBy('queued_at')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (row === undefined) return undefined;
    if (placeOf(row.rank) !== undefined) await move(within, { id: row.id, rank: FRONT });
    return row.id;
  });
}

async function move(
  { transaction, entries }: Pick<Change, 'transaction' | 'entries'>,
  place: { readonly id: string; readonly rank: number },
): Promise<void> {
  await transaction.updateTable('jobs').set({ rank: place.rank }).where('id', '=', place.id).execute();
  await entries.move(place);
}

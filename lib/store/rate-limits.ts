import { sql } from 'kysely';
import type { CountedKey, CountedTotal } from '#lib/identity/limits/counter.ts';
import type { SharedCounts } from '#lib/identity/limits/shared-counts.ts';
import type { Database } from './database.ts';

/** Shared counts, with a method for maintenance (`lib/services/maintenance.ts`). */
type StoredCounts = SharedCounts & {
  /** Deletes the counts whose window is over, and returns their number. */
  forgetExpired(): Promise<number>;
};

/**
 * Counts in the database, many keys in one statement, with the same result as rate-limiter-flexible's PostgreSQL store.
 * Uses the database's clock, so that instances with different clocks share one window.
 */
export function createSharedCounts(database: Pick<Database, 'run'>): StoredCounts {
  return {
    async add(counts, windowMs) {
      const { keys, points } = inOrder(counts);
      const { rows } = await database.run((db) =>
        sql<CountedTotal>`
          insert into rate_limits as counted (key, points, expire)
          select key, points, ${NOW_MS} + ${windowMs}::bigint
          from unnest(${keys}::text[], ${points}::integer[]) as added (key, points)
          on conflict (key) do update set
            points = case when counted.expire <= ${NOW_MS} then excluded.points
              else least(counted.points::bigint + excluded.points, 2147483647)::integer end,
            expire = case when counted.expire <= ${NOW_MS} then excluded.expire else counted.expire end
          returning key, points, (expire - ${NOW_MS})::double precision as "resetMs"
        `.execute(db),
      );
      return rows;
    },
    async forgetExpired() {
      const { numAffectedRows = 0n } = await database.run((db) =>
        sql`delete from rate_limits where expire <= ${NOW_MS}`.execute(db),
      );
      return Number(numAffectedRows);
    },
  };
}

/** Unix time at the start of the statement's transaction, ms. */
const NOW_MS = sql.raw('(extract(epoch from now()) * 1000)::bigint');

/** Sorts by key, because two instances that lock the same rows in different orders would deadlock. */
function inOrder(counts: readonly CountedKey[]): { keys: string[]; points: number[] } {
  const sorted = counts.toSorted((one, other) => (one.key < other.key ? -1 : 1));
  return { keys: sorted.map(({ key }) => key), points: sorted.map(({ points }) => points) };
}

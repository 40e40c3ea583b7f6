import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { isAway } from './away.ts';

/**
 * The pool as kysely takes it, but a connection whose answer was late is hung up: whatever came next on it would wait
 * behind that answer, perhaps in the middle of a transaction.
 */
export function impatient(pool: pg.Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => impatientClient(await pool.connect()),
    // Its owner ends it, with all that use it.
    end: async () => undefined,
  };
}

function impatientClient(client: pg.PoolClient): PostgresPoolClient {
  let failure: unknown;

  async function query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    // The ROLLBACK of what has failed: there is nobody to say it to.
    if (failure !== undefined) throw failure;
    try {
      return (await client.query(sql, [...parameters])) as unknown as PostgresQueryResult<Row>;
    } catch (error) {
      if (isAway(error)) failure = error;
      throw error;
    }
  }

  return {
    // Without cursors, which nothing here streams with.
    query: query as PostgresPoolClient['query'],
    release: (destroy = false) => client.release(destroy || failure !== undefined),
  };
}

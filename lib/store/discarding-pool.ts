import { Kysely, PostgresDialect, type PostgresPoolClient, type PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { isAway } from './away.ts';
import type { Tables } from './tables.ts';

/**
 * Kysely on this pool. A connection whose answer was late is discarded: its next query would wait for that answer,
 * perhaps in the middle of a transaction.
 */
export function kyselyOn(pool: pg.Pool): Kysely<Tables> {
  const connect = async () => discardingClient(await pool.connect());
  // The pool's owner ends it, with all that use it.
  const end = async () => undefined;
  return new Kysely({ dialect: new PostgresDialect({ pool: { options: pool.options, connect, end } }) });
}

function discardingClient(client: pg.PoolClient): PostgresPoolClient {
  let failure: unknown;

  async function query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    // It is the ROLLBACK of what has failed: the server would not receive it.
    if (failure !== undefined) throw failure;
    try {
      return (await client.query(sql, [...parameters])) as unknown as PostgresQueryResult<Row>;
    } catch (error) {
      if (isAway(error)) failure = error;
      throw error;
    }
  }

  return {
    // Without cursors, which no query here uses.
    query: query as PostgresPoolClient['query'],
    release: (destroy = false) => client.release(destroy || failure !== undefined),
  };
}

import { Kysely, PostgresDialect, type PostgresPoolClient, type PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { isAway } from './away.ts';
import type { Tables } from './tables.ts';

/**
 * Returns a Kysely on this pool. A connection with a late response is discarded: its next query would wait for that
 * response, perhaps in the middle of a transaction.
 */
export function kyselyOn(pool: pg.Pool): Kysely<Tables> {
  const connect = async () => discardingClient(await pool.connect());
  // The pool's owner closes it.
  const end = async () => undefined;
  return new Kysely({ dialect: new PostgresDialect({ pool: { options: pool.options, connect, end } }) });
}

function discardingClient(client: pg.PoolClient): PostgresPoolClient {
  let failure: unknown;

  async function query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    // This is the ROLLBACK after a failure: it would not reach the server.
    if (failure !== undefined) throw failure;
    try {
      return (await client.query(sql, [...parameters])) as unknown as PostgresQueryResult<Row>;
    } catch (error) {
      if (isAway(error)) failure = error;
      throw error;
    }
  }

  return {
    // Cursors are not supported, because no query uses them.
    query: query as PostgresPoolClient['query'],
    release: (destroy = false) => client.release(destroy || failure !== undefined),
  };
}

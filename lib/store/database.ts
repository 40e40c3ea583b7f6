import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import pg from 'pg';
import { withTimeout } from '#lib/with-timeout.ts';
import { isAway, LateAnswer, unavailable } from './away.ts';
import { kyselyOn } from './discarding-pool.ts';
import { migrate } from './migrate.ts';
import { createSockets } from './sockets.ts';
import type { Tables } from './tables.ts';

export type DatabaseOptions = {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly maxConnections: number;
  /** Longest wait for a connection and for the answer of one query, ms. */
  readonly connectTimeoutMs: number;
  readonly queryTimeoutMs: number;
  /** Called whenever the database seems to be down. */
  readonly onAway?: () => void;
};

/** `timeoutMs`: longest wait for the whole; the query's own timeouts when absent. */
type QueryOptions = { readonly timeoutMs?: number };

/** The database, which may be down at any moment. */
export type Database = {
  /**
   * Runs queries against a database that is up to date: the first ones wait for the migrations. Throws UNAVAILABLE
   * (`details.part` is `store`) when the database does not answer; any other error of a query as it is.
   */
  run<Result>(query: (db: Kysely<Tables>) => Promise<Result>, options?: QueryOptions): Promise<Result>;
  /** For NOTIFY. */
  readonly pool: pg.Pool;
  close(): Promise<void>;
};

/** Connects for the first query, and again whenever the database has been down. */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, maxConnections, connectTimeoutMs, queryTimeoutMs, onAway = () => undefined } = options;
  const sockets = createSockets();
  const pool = openPool(END_IDLE_TRANSACTIONS, {
    max: maxConnections,
    query_timeout: queryTimeoutMs,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
  });
  const db = kyselyOn(pool);
  let upToDate: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  function openPool(onConnect: string, settings: pg.PoolConfig): pg.Pool {
    const opened = new pg.Pool({
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMs,
      // A connection that is not in use keeps no process alive.
      allowExitOnIdle: true,
      application_name: 'ffmpeg-functions',
      stream: sockets.open,
      onConnect: (client) => client.query(onConnect),
      ...settings,
    });
    // An idle connection that breaks has left the pool already; the next query of one in use fails.
    opened.on('error', () => onAway());
    return opened.on('connect', (client) => client.on('error', () => undefined));
  }

  function bringUpToDate(): Promise<void> {
    upToDate ??= migrateApart().catch((error: unknown) => {
      upToDate = undefined;
      throw error;
    });
    return upToDate;
  }

  /** Migrations may take longer than a query, and their lock goes with the connection that has it. */
  async function migrateApart(): Promise<void> {
    const own = openPool(END_IDLE_MIGRATIONS, { max: 1, query_timeout: MIGRATION_TIMEOUT_MS });
    try {
      await migrate(kyselyOn(own));
    } finally {
      void own.end();
    }
  }

  async function close(): Promise<void> {
    await Promise.race([pool.end(), delay(CLOSE_MS, undefined, { ref: false })]);
    sockets.cut();
  }

  return {
    pool,
    async run(query, { timeoutMs = Number.POSITIVE_INFINITY } = {}) {
      const deadline = performance.now() + timeoutMs;
      try {
        const migrationMs = Math.min(timeoutMs, connectTimeoutMs + queryTimeoutMs);
        if (closed === undefined) await inTime(bringUpToDate(), migrationMs);
        return await inTime(query(db), deadline - performance.now());
      } catch (error) {
        if (!isAway(error)) throw error;
        onAway();
        throw unavailable(error);
      }
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

const IDLE_MS = 30_000;
/**
 * The platform freezes a process between two requests: its transaction must not keep its locks then, nor its connection
 * that of the migrations. Set by a query: poolers refuse parameters of the connection.
 */
const MOST_IDLE_MS = 3_000;
const END_IDLE_TRANSACTIONS = endIdle('idle_in_transaction_session_timeout');
const END_IDLE_MIGRATIONS = endIdle('idle_in_transaction_session_timeout', 'idle_session_timeout');
/** Longest wait for one step of a migration, and for processes that migrate at the same time. */
const MIGRATION_TIMEOUT_MS = 300_000;
/** Longest wait for connections to close before they are cut. */
const CLOSE_MS = 1_000;

/** Sets those that the server knows. */
function endIdle(...settings: readonly string[]): string {
  const names = settings.map((name) => `'${name}'`).join();
  return `SELECT set_config(name, '${MOST_IDLE_MS}', false) FROM pg_settings WHERE name IN (${names})`;
}

/** Throws LateAnswer after that time; infinite: waits for the answer. */
async function inTime<Result>(answer: Promise<Result>, ms: number): Promise<Result> {
  if (ms === Number.POSITIVE_INFINITY) return await answer;
  return await withTimeout(Math.max(0, ms), answer, () => {
    throw new LateAnswer(`no answer within ${Math.ceil(ms)} ms`);
  });
}

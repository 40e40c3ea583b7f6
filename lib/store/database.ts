import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import pg from 'pg';
import { withTimeout } from '#lib/with-timeout.ts';
import { onceSuccessful } from '#lib/work/once-successful.ts';
import { isAway, LateAnswer, unavailable } from './away.ts';
import { kyselyOn } from './discarding-pool.ts';
import { migrate } from './migrate.ts';
import { createSockets } from './sockets.ts';
import type { Tables } from './tables.ts';

export type DatabaseOptions = {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly maxConnections: number;
  /** Longest wait for a connection and for the result of one query, ms. */
  readonly connectTimeoutMs: number;
  readonly queryTimeoutMs: number;
  /** Called whenever the database seems to be down. */
  readonly onAway?: () => void;
};

/** `timeoutMs`: longest wait for everything together; when absent, the timeouts of connection and query apply. */
type QueryOptions = { readonly timeoutMs?: number };

/** The database, which may become unavailable at any time. */
export type Database = {
  /**
   * Runs queries on a migrated database: the first calls wait for the migrations. Throws UNAVAILABLE (`details.part` is
   * `store`) when the database does not respond, and any other error of a query unchanged.
   */
  run<Result>(query: (db: Kysely<Tables>) => Promise<Result>, options?: QueryOptions): Promise<Result>;
  /** For NOTIFY, and for the queue. */
  readonly pool: pg.Pool;
  /** Runs migrations of others on a connection of its own, where statements may take long. */
  apart(work: (own: pg.Pool) => Promise<void>): Promise<void>;
  close(): Promise<void>;
};

/** Opens the database. It connects on the first query, and reconnects after the database was down. */
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
  let closed: Promise<void> | undefined;

  function openPool(onConnect: string, settings: pg.PoolConfig): pg.Pool {
    const opened = new pg.Pool({
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMs,
      // Idle connections do not keep the process alive.
      allowExitOnIdle: true,
      application_name: 'ffmpeg-functions',
      stream: sockets.open,
      onConnect: (client) => client.query(onConnect),
      ...settings,
    });
    // A broken idle connection is already out of the pool. On a broken connection in use, the next query fails.
    opened.on('error', () => onAway());
    return opened.on('connect', (client) => client.on('error', () => undefined));
  }

  const bringUpToDate = onceSuccessful(() => apart((own) => migrate(kyselyOn(own))));

  /** Uses a separate connection: migrations may take longer than a query, and their lock is released with it. */
  async function apart(work: (own: pg.Pool) => Promise<void>): Promise<void> {
    const own = openPool(END_IDLE_MIGRATIONS, { max: 1, query_timeout: MIGRATION_TIMEOUT_MS });
    try {
      await work(own);
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
    apart,
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
 * The platform freezes a process between requests. A frozen process must not hold the locks of a transaction, or the
 * lock of the migrations. Set by a query, because connection poolers refuse connection parameters.
 */
const MOST_IDLE_MS = 3_000;
const END_IDLE_TRANSACTIONS = endIdle('idle_in_transaction_session_timeout');
const END_IDLE_MIGRATIONS = endIdle('idle_in_transaction_session_timeout', 'idle_session_timeout');
/** Longest wait for one step of a migration, including other processes that migrate at the same time. */
const MIGRATION_TIMEOUT_MS = 300_000;
/** Longest wait for connections to close before they are cut. */
const CLOSE_MS = 1_000;

/** Returns a query that sets those of the settings that the server supports. */
function endIdle(...settings: readonly string[]): string {
  const names = settings.map((name) => `'${name}'`).join();
  return `SELECT set_config(name, '${MOST_IDLE_MS}', false) FROM pg_settings WHERE name IN (${names})`;
}

/** Throws LateAnswer after `ms`; with Infinity, waits without a limit. */
async function inTime<Result>(answer: Promise<Result>, ms: number): Promise<Result> {
  if (ms === Number.POSITIVE_INFINITY) return await answer;
  return await withTimeout(Math.max(0, ms), answer, () => {
    throw new LateAnswer(`no response within ${Math.ceil(ms)} ms`);
  });
}

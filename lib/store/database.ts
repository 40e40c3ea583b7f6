import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { within } from '#lib/within.ts';
import { isAway, LateAnswer, unavailable } from './away.ts';
import { impatient } from './impatient-pool.ts';
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
  /** Told whenever the database seems to be away. */
  readonly onAway?: () => void;
};

export type QueryOptions = {
  /** Longest wait for the whole, ms; the query's own timeouts when absent. */
  readonly timeoutMs?: number;
};

/** The database, which may be away at any moment. */
export type Database = {
  /**
   * Runs queries against a database that is up to date: the first ones wait for the migrations. Throws UNAVAILABLE
   * (`details.part` is `store`) when the database does not answer; any other error of a query as it is.
   */
  run<Result>(query: (db: Kysely<Tables>) => Promise<Result>, options?: QueryOptions): Promise<Result>;
  /** What NOTIFY talks to. */
  readonly pool: pg.Pool;
  close(): Promise<void>;
};

/** Connects when it is first asked something, and again whenever the database has been away. */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, maxConnections, connectTimeoutMs, queryTimeoutMs, onAway = () => undefined } = options;
  const sockets = createSockets();
  const connection = {
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    // A connection that is not in use keeps no process alive.
    allowExitOnIdle: true,
    application_name: 'ffmpeg-functions',
    stream: sockets.open,
  };
  const pool = new pg.Pool({
    ...connection,
    max: maxConnections,
    query_timeout: queryTimeoutMs,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    onConnect: (client) => client.query(END_IDLE_TRANSACTIONS),
  });
  // An idle connection that breaks has left the pool already; one in use says so to its next query.
  pool.on('error', () => onAway());
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: impatient(pool) }) });
  let upToDate: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  function bringUpToDate(): Promise<void> {
    upToDate ??= migrateApart().catch((error: unknown) => {
      upToDate = undefined;
      throw error;
    });
    return upToDate;
  }

  /** Migrations may take longer than a query, and their lock goes with the connection that has it. */
  async function migrateApart(): Promise<void> {
    const own = new pg.Pool({
      ...connection,
      max: 1,
      query_timeout: MIGRATION_TIMEOUT_MS,
      onConnect: (client) => client.query(END_IDLE_MIGRATIONS),
    });
    own.on('error', () => undefined);
    own.on('connect', (client) => client.on('error', () => undefined));
    try {
      await migrate(new Kysely<Tables>({ dialect: new PostgresDialect({ pool: impatient(own) }) }));
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
    async run(query, { timeoutMs } = {}) {
      const patience = createPatience(timeoutMs);
      try {
        if (closed === undefined) await patience.within(bringUpToDate(), connectTimeoutMs + queryTimeoutMs);
        return await patience.within(query(db));
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
 * A process that is frozen, as the platform does it between two requests, must not keep its locks from all the others:
 * neither those of a transaction nor that of the migrations, which its connection has outside of one. No parameters of
 * the connection: poolers refuse those.
 */
const MOST_IDLE_MS = 3_000;
const END_IDLE_TRANSACTIONS = endIdle('idle_in_transaction_session_timeout');
const END_IDLE_MIGRATIONS = endIdle('idle_in_transaction_session_timeout', 'idle_session_timeout');
/** Longest wait for one step of a migration, and for the others that migrate at the same time. */
const MIGRATION_TIMEOUT_MS = 300_000;
/** Longest wait for connections to be closed in peace. */
const CLOSE_MS = 1_000;

/** Sets those that the server knows. */
function endIdle(...settings: readonly string[]): string {
  const names = settings.map((name) => `'${name}'`).join();
  return `SELECT set_config(name, '${MOST_IDLE_MS}', false) FROM pg_settings WHERE name IN (${names})`;
}

type Patience = {
  /** Waits for the answer as long as there is time left, but not longer than `atMostMs`. Throws LateAnswer. */
  within<Result>(answer: Promise<Result>, atMostMs?: number): Promise<Result>;
};

function createPatience(totalMs = Number.POSITIVE_INFINITY): Patience {
  const deadline = performance.now() + totalMs;
  return {
    async within(answer, atMostMs = Number.POSITIVE_INFINITY) {
      const ms = Math.min(atMostMs, deadline - performance.now());
      if (ms === Number.POSITIVE_INFINITY) return await answer;
      return await within(Math.max(0, ms), answer, () => {
        throw new LateAnswer(Math.min(totalMs, atMostMs));
      });
    },
  };
}

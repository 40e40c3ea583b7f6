import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { AppError } from '#lib/errors.ts';
import { migrate } from './migrate.ts';
import type { Tables } from './tables.ts';

export type DatabaseOptions = {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly maxConnections: number;
  /** Longest wait for a connection and for the answer of one query, ms. */
  readonly connectTimeoutMs: number;
  readonly queryTimeoutMs: number;
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
  /** What rate-limiter-flexible and NOTIFY talk to. */
  readonly pool: pg.Pool;
  close(): Promise<void>;
};

/** Connects when it is first asked something, and again whenever the database has been away. */
export function openDatabase({ url, maxConnections, connectTimeoutMs, queryTimeoutMs }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    idleTimeoutMillis: IDLE_MS,
    // A connection that is not in use keeps no process alive.
    allowExitOnIdle: true,
    application_name: 'ffmpeg-functions',
  });
  // An idle connection that breaks has left the pool already.
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  let upToDate: Promise<void> | undefined;

  function bringUpToDate(): Promise<void> {
    upToDate ??= migrate(db).catch((error: unknown) => {
      upToDate = undefined;
      throw error;
    });
    return upToDate;
  }

  return {
    pool,
    async run(query, { timeoutMs } = {}) {
      const answer = bringUpToDate().then(() => query(db));
      try {
        return await (timeoutMs === undefined ? answer : within(timeoutMs, answer));
      } catch (error) {
        throw isAway(error) ? unavailable(error) : error;
      }
    },
    close: () => db.destroy(),
  };
}

const IDLE_MS = 30_000;

/** SQLSTATE classes of a server that is starting, stopping, full, or gone. */
const AWAY_STATES = /^(08|53|57P)/;
/** What sockets and `pg` say of the same. */
const AWAY_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ETIMEDOUT']);
const AWAY_MESSAGES = /timeout|connection terminated|client has encountered a connection error|not queryable/i;

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as Error & { code?: string };
  return AWAY_STATES.test(code) || AWAY_CODES.has(code) || AWAY_MESSAGES.test(error.message);
}

function unavailable(cause: unknown): AppError {
  return new AppError('UNAVAILABLE', { part: 'store' }, { message: 'the database does not answer', cause });
}

async function within<Result>(ms: number, answer: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`timeout of ${ms} ms`)), ms);
  // It may still fail behind the timeout, when nobody listens any more.
  answer.catch(() => undefined);
  return await Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}

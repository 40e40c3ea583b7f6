import pg from 'pg';
import { AppError } from '#lib/errors.ts';

/**
 * SQLSTATE: connection exceptions, insufficient resources, what a server that starts or stops says, one that is read-only
 * (another has taken over from it, or its host protects its disk), a transaction that was left idle, errors of its
 * system, and what passes: transactions that got in each other's way, and locks that were not to be had.
 */
const AWAY_STATES = /^(08|25006|25P03|40001|40P01|53|55P03|57P|58)/;

/** What sockets say. */
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What `pg` and `kysely` say, which have no codes. */
const AWAY_MESSAGES =
  /^(Query read timeout|timeout expired|timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Client was closed|Cannot use a pool after|Postgres connection has been discarded)/;

/** The database has not answered within that time. */
export class LateAnswer extends Error {
  override readonly name = 'LateAnswer';

  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
  }
}

/** Whether it is the database that is away, and not the query that is wrong. */
export function isAway(error: unknown): boolean {
  if (error instanceof LateAnswer) return true;
  if (error instanceof pg.DatabaseError) return AWAY_STATES.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  return AWAY_CODES.has((error as NodeJS.ErrnoException).code ?? '') || AWAY_MESSAGES.test(error.message);
}

export function unavailable(cause: unknown): AppError {
  return new AppError('UNAVAILABLE', { part: 'store' }, { message: 'the database does not answer', cause });
}

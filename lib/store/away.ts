import pg from 'pg';
import { AppError } from '#lib/errors.ts';

/**
 * SQLSTATE codes: connection exceptions, insufficient resources, a server that starts, stops or is read-only (a
 * standby, or a full disk), a terminated idle transaction, system errors, transaction conflicts, unavailable locks.
 */
const AWAY_STATES = /^(08|25006|25P03|40001|40P01|53|55P03|57P|58)/;

/** SQLSTATE codes of a server that refuses the connection because of DATABASE_URL. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^28/, 'the database refuses the user or the password in DATABASE_URL'],
  [/^3D000$/, 'the database in DATABASE_URL does not exist'],
];

/** Socket errors. */
const AWAY_CODES =
  /^(ECONN(REFUSED|RESET|ABORTED)|E(HOST|NET)UNREACH|EADDRNOTAVAIL|ENOENT|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT)$/;

/** Errors of `pg` and `kysely`, which have no codes. */
const AWAY_MESSAGES =
  /^(Query read timeout|timeout expired|timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Client was closed|Cannot use a pool after|Postgres connection has been discarded)/;

/** The database did not respond in time. */
export class LateAnswer extends Error {
  override readonly name = 'LateAnswer';
}

/** Returns whether the error means that the database is unavailable, rather than that a query is wrong. */
export function isAway(error: unknown): boolean {
  if (error instanceof LateAnswer) return true;
  if (error instanceof pg.DatabaseError) return AWAY_STATES.test(error.code ?? '') || refusalOf(error) !== undefined;
  if (!(error instanceof Error)) return false;
  return AWAY_CODES.test((error as NodeJS.ErrnoException).code ?? '') || AWAY_MESSAGES.test(error.message);
}

export function unavailable(cause: unknown): AppError {
  const message = refusalOf(cause) ?? 'the database does not respond';
  return new AppError('UNAVAILABLE', { part: 'store' }, { message, cause });
}

function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined;
  return REFUSALS.find(([states]) => states.test(error.code ?? ''))?.[1];
}

import { AppError } from '#lib/errors.ts';
import type { StoredJob } from './job-store.ts';
import { isExpired } from './shown.ts';

/**
 * Returns the result of a job. Throws CONFLICT before it is completed, and NOT_FOUND `{reason: 'expired'}` after its files
 * have expired.
 */
export function storedResult({ status, result }: Pick<StoredJob, 'status' | 'result'>) {
  if (status !== 'completed') throw notIn(status, 'have a result');
  if (result === null || isExpired(result)) throw expired();
  return result;
}

/** Returns the error for what a job with this status cannot do. */
export function notIn(status: string, possibility: string): AppError {
  return new AppError('CONFLICT', { status }, { message: `a job that is ${status} cannot ${possibility}` });
}

function expired(): AppError {
  return new AppError('NOT_FOUND', { reason: 'expired' }, { message: 'the files of this job have expired' });
}

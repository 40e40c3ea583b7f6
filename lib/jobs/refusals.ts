import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { JobLimits, Refused } from './job-store.ts';

/** Returns what a caller's jobs may use. */
export type LimitsOf = (caller: Caller) => Promise<JobLimits>;

const RETRY_SECONDS = { waiting: 10, waitingOfAccount: 10, storedBytesOfAccount: 60 } as const;

/** Returns the error for a job that is over a limit: OVERLOADED for that of all callers, else RATE_LIMITED. */
export function refusal({ limit, used, max }: Refused): AppError {
  const retry = { retry_after_seconds: RETRY_SECONDS[limit] };
  if (limit === 'waiting') {
    const message = `the queue is full: ${used} jobs wait, and the limit is ${max}`;
    return new AppError('OVERLOADED', { reason: 'queue', ...retry }, { message });
  }
  const budget = limit === 'waitingOfAccount' ? 'jobs' : 'stored_bytes';
  const message = `this caller uses ${used} of its ${max} ${budget.replace('_', ' ')}`;
  return new AppError('RATE_LIMITED', { budget, used, limit: max, ...retry }, { message });
}

import assert from 'node:assert/strict';
import { AppError } from '#lib/errors.ts';

/** Returns the AppError with which a promise rejects, as a response would show it. */
export async function failureOf(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => assert.fail('it was resolved'),
    (reason) => reason,
  );
  if (!(error instanceof AppError)) throw error;
  const { code, details, recoverable, message } = error;
  return { code, details, recoverable, message };
}

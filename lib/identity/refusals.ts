import { AppError } from '#lib/errors.ts';
import type { Scope } from './caller.ts';

/** The same error for all credentials that are missing or wrong. */
export function unauthenticated(cause?: unknown): AppError {
  return new AppError('UNAUTHENTICATED', {}, { cause });
}

export function lacksScope(scope: Scope): AppError {
  return new AppError('FORBIDDEN', { scope }, { message: `this needs credentials with the scope ${scope}` });
}

/** `details.retry_after_seconds` becomes the header Retry-After. */
export function rateLimited(waitMs: number, message: string): AppError {
  return new AppError('RATE_LIMITED', { retry_after_seconds: Math.max(1, Math.ceil(waitMs / 1_000)) }, { message });
}

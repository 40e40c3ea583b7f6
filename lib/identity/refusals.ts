import { AppError } from '#lib/errors.ts';
import { isForTokens, type Scope } from './caller.ts';

/** Returns the same error for all missing or wrong credentials. */
export function unauthenticated(cause?: unknown): AppError {
  return new AppError('UNAUTHENTICATED', {}, { cause });
}

export function lacksScope(scope: Scope): AppError {
  const credentials = isForTokens(scope) ? 'credentials' : 'an API key';
  return new AppError('FORBIDDEN', { scope }, { message: `this request needs ${credentials} with the scope ${scope}` });
}

/** `details.retry_after_seconds` becomes the `Retry-After` header. */
export function rateLimited(waitMs: number, message: string): AppError {
  return new AppError('RATE_LIMITED', { retry_after_seconds: Math.max(1, Math.ceil(waitMs / 1_000)) }, { message });
}

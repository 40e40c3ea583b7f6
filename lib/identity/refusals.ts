import { AppError } from '#lib/errors.ts';
import { isForTokens, type Scope } from './caller.ts';

/** Returns the same error for all missing or wrong credentials. */
export function unauthenticated(cause?: unknown): AppError {
  return new AppError('UNAUTHENTICATED', {}, { cause });
}

/** `scopes`: those of which one is enough. */
export function lacksScope(...scopes: readonly Scope[]): AppError {
  const credentials = scopes.some(isForTokens) ? 'credentials' : 'an API key';
  const named = scopes.length === 1 ? `the scope ${scopes[0]}` : `one of the scopes ${scopes.join(', ')}`;
  const message = `this request needs ${credentials} with ${named}`;
  return new AppError('FORBIDDEN', { scope: scopes.join(' ') }, { message });
}

/** `details.retry_after_seconds` becomes the `Retry-After` header. */
export function rateLimited(waitMs: number, message: string): AppError {
  return new AppError('RATE_LIMITED', { retry_after_seconds: Math.max(1, Math.ceil(waitMs / 1_000)) }, { message });
}

import { AppError } from '#lib/errors.ts';
import type { Idempotency } from './job-store.ts';

const LONGEST_KEY = 255;

/**
 * Returns the key of a request with the digest of its body; undefined without a key. The digest is made outside of the
 * event loop. Throws VALIDATION_ERROR.
 */
export async function idempotencyOf(key: string | undefined, spec: object): Promise<Idempotency | undefined> {
  if (key === undefined) return undefined;
  if (key === '' || key.length > LONGEST_KEY || !/^[\x20-\x7e]+$/.test(key)) throw invalidKey();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(spec)));
  return { key, digest: Buffer.from(digest).toString('base64url') };
}

/** Returns the error for a key that another request has used. */
export function keyIsTaken(): AppError {
  const message = 'another request has used this Idempotency-Key within the last 24 hours';
  return new AppError('CONFLICT', { reason: 'idempotency_key' }, { message });
}

function invalidKey(): AppError {
  const message = `Idempotency-Key must be 1 to ${LONGEST_KEY} printable ASCII characters`;
  const offence = { field: 'Idempotency-Key' };
  return new AppError('VALIDATION_ERROR', { ...offence, errors: [{ ...offence, message }] }, { message });
}

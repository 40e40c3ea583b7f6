import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { AppError } from '#lib/errors.ts';

const FETCH_TIMEOUT_MS = 2_000;
/** Age of the keys after which a request makes them be fetched again; it does not wait. */
const REFRESH_MS = 10 * 60_000;
/** Least time between two fetches for a key that the set lacks. */
const COOLDOWN_MS = 30_000;

/**
 * Finds the key of a token at a JWKS URL (RFC 7517). Keys are kept, also while their server is down; without any it
 * throws UNAVAILABLE (`details.part` is `jwks`).
 */
export function createRemoteKeys(url: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: Number.POSITIVE_INFINITY,
  });
  let refreshedAt = performance.now();

  return async (header, token) => {
    if (keys.fresh && performance.now() - refreshedAt >= REFRESH_MS) {
      refreshedAt = performance.now();
      keys.reload().catch(() => undefined);
    }
    try {
      return await keys(header, token);
    } catch (error) {
      throw isOfToken(error) ? error : unavailable(error);
    }
  };
}

/** Whether the set has no key for this token, or several: the set itself was fetched. */
function isOfToken(error: unknown): boolean {
  return [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported].some(
    (kind) => error instanceof kind,
  );
}

function unavailable(cause: unknown): AppError {
  return new AppError('UNAVAILABLE', { part: 'jwks' }, { message: 'the keys of tokens cannot be fetched', cause });
}

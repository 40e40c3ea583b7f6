import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { AppError } from '#lib/errors.ts';
import { createKeySetFetch } from './key-set-fetch.ts';

const FETCH_TIMEOUT_MS = 2_000;
/** Age of the keys after which a request fetches them again, without waiting, ms. */
const REFRESH_MS = 10 * 60_000;
/** Shortest time between two fetches for a key that the set lacks, ms. */
const COOLDOWN_MS = 30_000;

/**
 * Finds the key of a token at a JWKS URL (RFC 7517). Keys are cached, even while their server is down. Throws
 * UNAVAILABLE (`details.part` is `jwks`) when they are needed and cannot be fetched.
 */
export function createRemoteKeys(url: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), {
    [customFetch]: createKeySetFetch(FETCH_TIMEOUT_MS),
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

/** Returns whether the set was fetched, but has no key for this token, or several. */
function isOfToken(error: unknown): boolean {
  return [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported].some(
    (kind) => error instanceof kind,
  );
}

function unavailable(cause: unknown): AppError {
  const message = 'the keys that verify tokens cannot be fetched from JWKS_URL';
  return new AppError('UNAVAILABLE', { part: 'jwks' }, { message, cause });
}

import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { AppError } from '#lib/errors.ts';

/** Finds the public key that a token was signed for. Throws UNAVAILABLE (`details.part` is `jwks`) without an answer. */
export type RemoteKeys = JWTVerifyGetKey;

const FETCH_TIMEOUT_MS = 2_000;
/** Keys as old as this are fetched again, behind the request that finds them so old. */
const REFRESH_MS = 10 * 60_000;
/** A key that is not there makes the set be fetched again, but only so often. */
const COOLDOWN_MS = 30_000;

/** The keys at a JWKS URL (RFC 7517), kept; while their server is away, those that are kept go on serving. */
export function createRemoteKeys(url: string): RemoteKeys {
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: Number.POSITIVE_INFINITY,
  });
  let refreshedAt = performance.now();

  function refreshBehind(): void {
    if (!keys.fresh || performance.now() - refreshedAt < REFRESH_MS) return;
    refreshedAt = performance.now();
    keys.reload().catch(() => undefined);
  }

  return async (header, token) => {
    refreshBehind();
    try {
      return await keys(header, token);
    } catch (error) {
      throw isOfToken(error) ? error : unavailable(error);
    }
  };
}

/** No key of the set, or several, for this token: the set itself was there. */
function isOfToken(error: unknown): boolean {
  return [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported].some(
    (kind) => error instanceof kind,
  );
}

function unavailable(cause: unknown): AppError {
  return new AppError('UNAVAILABLE', { part: 'jwks' }, { message: 'the keys of tokens cannot be fetched', cause });
}

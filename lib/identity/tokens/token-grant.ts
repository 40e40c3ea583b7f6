import { z } from 'zod';
import { AppError } from '#lib/errors.ts';
import type { Authenticator } from '#lib/identity/authenticator.ts';
import { SCOPES, type Scope } from '#lib/identity/caller.ts';
import type { RequestHeaders } from '#lib/identity/credentials.ts';
import type { KeyRecord } from '#lib/identity/keys/key-store.ts';
import { clientKeyOf } from './client-credentials.ts';
import type { Tokens } from './tokens.ts';

/** The body of `POST /oauth/token`: RFC 6749, section 4.4.2. Unknown fields are ignored, as it says. */
export const TOKEN_REQUEST = z.object({
  grant_type: z.string().meta({ description: '`client_credentials`.' }),
  client_id: z.string().optional().meta({ description: 'The API key’s id; or by Basic, or the key as X-Api-Key.' }),
  client_secret: z.string().optional().meta({ description: 'The API key, or its last part.' }),
  scope: z
    .string()
    .optional()
    .meta({ description: `Fewer than the key has, with blanks between: ${SCOPES.join(', ')}.` }),
});
export type TokenRequest = z.output<typeof TOKEN_REQUEST>;

type IssuedToken = { readonly token: string; readonly expiresInSeconds: number; readonly scopes: readonly Scope[] };

type TokenGrantOptions = {
  readonly authenticator: Pick<Authenticator, 'key'>;
  /** Undefined without a secret to sign with. */
  readonly issue: Tokens['issue'] | undefined;
  readonly ttlSeconds: number;
};

/** The client that sent a token request. */
type TokenClient = { readonly headers: RequestHeaders; readonly address: string };

export type TokenGrant = ReturnType<typeof createTokenGrant>;

export function createTokenGrant({ authenticator, issue, ttlSeconds }: TokenGrantOptions) {
  async function keyOf(request: TokenRequest, { headers, address }: TokenClient): Promise<KeyRecord> {
    const key = clientKeyOf(request, headers);
    if (key === undefined) throw invalidClient();
    return await authenticator.key(key, address).catch((error: unknown) => {
      throw error instanceof AppError && error.code === 'UNAUTHENTICATED' ? invalidClient() : error;
    });
  }

  return {
    /**
     * Changes an API key into a token that may do no more, and lasts no longer. `details.error` of what it throws is the
     * code of RFC 6749, section 5.2.
     */
    async grant(request: TokenRequest, client: TokenClient): Promise<IssuedToken> {
      if (issue === undefined) throw noTokens();
      if (request.grant_type !== 'client_credentials') throw unsupportedGrant();
      const key = await keyOf(request, client);
      const scopes = narrowed(key.scopes, request.scope);
      const expiresInSeconds = Math.min(ttlSeconds, secondsUntil(key.expiresAt));
      // In the key's last second a token would not last.
      if (expiresInSeconds < 1) throw invalidClient();
      const token = await issue({ subject: key.subject, scopes, ttlSeconds: expiresInSeconds });
      return { token, expiresInSeconds, scopes };
    },
  };
}

/** Returns the requested scopes, or all of the key's. Throws FORBIDDEN when the key lacks one. */
function narrowed(ofKey: readonly Scope[], asked: string | undefined): readonly Scope[] {
  const names = (asked ?? '').split(' ').filter((name) => name !== '');
  if (names.length === 0) return ofKey;
  const scopes = ofKey.filter((scope) => names.includes(scope));
  if (scopes.length === new Set(names).size) return scopes;
  throw new AppError('FORBIDDEN', { error: 'invalid_scope' }, { message: 'the key does not have all of these scopes' });
}

function secondsUntil(time: Date | null): number {
  return time === null ? Number.POSITIVE_INFINITY : Math.floor((time.getTime() - Date.now()) / 1_000);
}

function invalidClient(): AppError {
  return new AppError('UNAUTHENTICATED', { error: 'invalid_client' });
}

function unsupportedGrant(): AppError {
  const details = { error: 'unsupported_grant_type', field: 'grant_type', errors: [] };
  return new AppError('VALIDATION_ERROR', details, { message: 'grant_type must be client_credentials' });
}

function noTokens(): AppError {
  const message = 'tokens are signed with JWT_SECRET, which is not set';
  return new AppError('UNAVAILABLE', { part: 'tokens' }, { message, recoverable: false });
}

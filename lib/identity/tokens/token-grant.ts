import { z } from 'zod';
import { AppError, notConfigured } from '#lib/errors.ts';
import type { Authenticator } from '#lib/identity/authenticator.ts';
import { isForTokens, SCOPES, type Scope } from '#lib/identity/caller.ts';
import type { RequestHeaders } from '#lib/identity/credentials.ts';
import type { KeyRecord } from '#lib/identity/keys/key-store.ts';
import { clientKeyOf } from './client-credentials.ts';
import type { Tokens } from './tokens.ts';

/** The body of `POST /oauth/token`: RFC 6749, section 4.4.2. Unknown fields are ignored, as the RFC requires. */
export const TOKEN_REQUEST = z.object({
  grant_type: z.string().meta({ description: 'Must be `client_credentials`.', examples: ['client_credentials'] }),
  client_id: z
    .string()
    .optional()
    .meta({
      description:
        'Id of the API key. Instead of the body, the credentials may be in `Authorization: Basic`, or the API key in ' +
        '`X-Api-Key`.',
      examples: [''],
    }),
  client_secret: z
    .string()
    .optional()
    .meta({ description: 'The API key, or its secret: the part after `ffk_<id>_`.', examples: [''] }),
  scope: z
    .string()
    .optional()
    .meta({
      description:
        `Scopes for the token, separated by spaces: ${SCOPES.filter(isForTokens).join(', ')}. All of them that the key ` +
        'has when absent. A token never has the scope `admin`.',
      examples: [''],
    }),
});
export type TokenRequest = z.output<typeof TOKEN_REQUEST>;

type IssuedToken = { readonly token: string; readonly expiresInSeconds: number; readonly scopes: readonly Scope[] };

type TokenGrantOptions = {
  readonly authenticator: Pick<Authenticator, 'key'>;
  /** Undefined without a secret to sign with. */
  readonly issue: Tokens['issue'] | undefined;
  readonly ttlSeconds: number;
};

/** The client of a token request. */
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
     * Exchanges an API key for a token with the same or fewer scopes, never `admin`, which expires no later than the key
     * and names it. Errors have the code of RFC 6749, section 5.2, in `details.error`.
     */
    async grant(request: TokenRequest, client: TokenClient): Promise<IssuedToken> {
      if (issue === undefined) throw noTokens();
      if (request.grant_type !== 'client_credentials') throw unsupportedGrant();
      const key = await keyOf(request, client);
      const scopes = narrowed(key.scopes.filter(isForTokens), request.scope);
      const expiresInSeconds = Math.min(ttlSeconds, secondsUntil(key.expiresAt));
      // In the key's last second, a token would expire at once.
      if (expiresInSeconds < 1) throw invalidClient();
      const token = await issue({ subject: key.subject, scopes, ttlSeconds: expiresInSeconds, keyId: key.id });
      return { token, expiresInSeconds, scopes };
    },
  };
}

/** Returns the requested scopes, or all of the key's. Throws FORBIDDEN when the key lacks one, or has none. */
function narrowed(ofKey: readonly Scope[], asked: string | undefined): readonly Scope[] {
  const names = (asked ?? '').split(' ').filter((name) => name !== '');
  if (names.length === 0 && ofKey.length > 0) return ofKey;
  const scopes = ofKey.filter((scope) => names.includes(scope));
  if (scopes.length > 0 && scopes.length === new Set(names).size) return scopes;
  const message = 'the API key lacks a requested scope, or the scope is admin, which no token has';
  throw new AppError('FORBIDDEN', { error: 'invalid_scope' }, { message });
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
  return notConfigured('tokens', 'this service does not issue tokens: JWT_SECRET is not set');
}

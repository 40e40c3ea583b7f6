import { randomUUID } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import { AppError } from '#lib/errors.ts';
import { type Caller, isForTokens, type Scope, scopesOf } from '#lib/identity/caller.ts';
import { unauthenticated } from '#lib/identity/refusals.ts';
import { externalSubject, isSubject } from '#lib/identity/subject.ts';

/** Seconds by which the clocks of issuer and service may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;

const SHARED_SECRET = 'HS256';
const PUBLIC_KEY = new Set(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']);

export type TokenOptions = {
  /** For HS256. */
  readonly secret: string | undefined;
  /** For tokens that are signed with a private key. The issuer may sign for other services, so both names are needed. */
  readonly remoteKeys: JWTVerifyGetKey | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
};

type IssueOptions = {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly ttlSeconds: number;
  /** The API key that the token is issued for. */
  readonly keyId: string;
};

/** A valid token. */
export type VerifiedToken = {
  readonly caller: Caller;
  /** The API key that it was issued for, without which it is not valid; undefined for other tokens. */
  readonly keyId: string | undefined;
};

export type Tokens = {
  /** Returns the caller of a JWT (RFC 7519). Throws UNAUTHENTICATED; UNAVAILABLE when its key cannot be fetched. */
  verify(token: string): Promise<VerifiedToken>;
  /** Returns a signed token; undefined without a secret to sign with. */
  issue?(options: IssueOptions): Promise<string>;
};

/** The claim with the id of the API key that a token was issued for. */
const KEY_CLAIM = 'key_id';

/** The claims, and whether another issuer signed them, with a private key of its own. */
type SignedPayload = JWTPayload & { readonly isExternal: boolean };

/** Each key is used for its own algorithms only, so that a public key can never serve as a shared secret. */
export function createTokens({ secret, remoteKeys, issuer, audience }: TokenOptions): Tokens {
  const sharedKey = secret === undefined ? undefined : new TextEncoder().encode(secret);
  const claims = { ...(issuer === undefined ? {} : { issuer }), ...(audience === undefined ? {} : { audience }) };
  const rules = { ...claims, clockTolerance: CLOCK_TOLERANCE_SECONDS, requiredClaims: ['exp', 'sub'] };

  async function payloadOf(token: string): Promise<SignedPayload> {
    const { alg = '', crit } = decodeProtectedHeader(token);
    // No extension is supported (RFC 7515, section 4.1.11).
    if (crit !== undefined) throw new errors.JOSENotSupported('"crit" is not supported');
    const options = { ...rules, algorithms: [alg] };
    if (alg === SHARED_SECRET && sharedKey !== undefined) {
      return { ...(await jwtVerify(token, sharedKey, options)).payload, isExternal: false };
    }
    if (PUBLIC_KEY.has(alg) && remoteKeys !== undefined && issuer !== undefined && audience !== undefined) {
      return { ...(await jwtVerify(token, remoteKeys, options)).payload, isExternal: true };
    }
    throw new errors.JOSEAlgNotAllowed('no key is configured for the "alg" of the token');
  }

  return {
    async verify(token) {
      const { sub, scope, exp, iss, isExternal, ...others } = await payloadOf(token).catch(refuse);
      // A number that is too large for a double is parsed as Infinity.
      if (!Number.isFinite(exp)) throw unauthenticated(new Error('"exp" is not a finite number'));
      if (!isSubject(sub)) throw unauthenticated(new Error('"sub" is not a valid subject'));
      const subject = isExternal ? externalSubject(String(iss), sub) : sub;
      const keyId = isExternal ? undefined : others[KEY_CLAIM];
      return {
        caller: { subject, scopes: scopesOf(scope).filter(isForTokens), via: 'token' },
        keyId: keyId === undefined ? undefined : String(keyId),
      };
    },
    ...(sharedKey === undefined ? {} : { issue: (options) => tokenOf(options, { issuer, audience }).sign(sharedKey) }),
  };
}

function tokenOf(
  { subject, scopes, ttlSeconds, keyId }: IssueOptions,
  { issuer, audience }: Pick<TokenOptions, 'issuer' | 'audience'>,
): SignJWT {
  // JSON omits undefined values.
  return new SignJWT({ scope: scopes.join(' '), iss: issuer, aud: audience, [KEY_CLAIM]: keyId } as JWTPayload)
    .setProtectedHeader({ alg: SHARED_SECRET, typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1_000) + ttlSeconds)
    .setJti(randomUUID());
}

/** Hides from the caller why a token is invalid: that is only logged. An AppError such as UNAVAILABLE is kept. */
function refuse(error: unknown): never {
  throw error instanceof AppError ? error : unauthenticated(error);
}

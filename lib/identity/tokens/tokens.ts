import { randomUUID } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { AppError } from '#lib/errors.ts';
import type { Caller, Scope } from '#lib/identity/caller.ts';
import { unauthenticated } from '#lib/identity/refusals.ts';
import { scopesOf } from '#lib/identity/scopes.ts';
import { isSubject } from '#lib/identity/subject.ts';
import type { RemoteKeys } from './remote-keys.ts';

/** Seconds by which the clocks of issuer and service may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;

const SHARED_SECRET = 'HS256';
const PUBLIC_KEY = new Set(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']);

export type TokenOptions = {
  /** For HS256. */
  readonly secret: string | undefined;
  /** For all that is signed with a private key. */
  readonly remoteKeys: RemoteKeys | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
};

export type IssueOptions = {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly ttlSeconds: number;
};

export type Tokens = {
  /** The caller a JWT (RFC 7519) names. Throws UNAUTHENTICATED; UNAVAILABLE when its key cannot be fetched. */
  verify(token: string): Promise<Caller>;
  /** A signed token; undefined without a secret to sign with. */
  issue?(options: IssueOptions): Promise<string>;
};

/**
 * The algorithm decides which keys are asked, and each key serves its own algorithms only: the text of a public key can
 * never be taken for a shared secret.
 */
export function createTokens({ secret, remoteKeys, issuer, audience }: TokenOptions): Tokens {
  const sharedKey = secret === undefined ? undefined : new TextEncoder().encode(secret);
  const claims = { ...(issuer === undefined ? {} : { issuer }), ...(audience === undefined ? {} : { audience }) };
  const rules = { ...claims, clockTolerance: CLOCK_TOLERANCE_SECONDS, requiredClaims: ['exp', 'sub'] };

  async function payloadOf(token: string): Promise<JWTPayload> {
    const { alg = '', crit } = decodeProtectedHeader(token);
    // No extension is understood here (RFC 7515, section 4.1.11).
    if (crit !== undefined) throw new errors.JOSENotSupported('"crit" is not supported');
    if (alg === SHARED_SECRET && sharedKey !== undefined) {
      return (await jwtVerify(token, sharedKey, { ...rules, algorithms: [SHARED_SECRET] })).payload;
    }
    if (PUBLIC_KEY.has(alg) && remoteKeys !== undefined) {
      return (await jwtVerify(token, remoteKeys, { ...rules, algorithms: [alg] })).payload;
    }
    throw new errors.JOSEAlgNotAllowed('no key serves the "alg" of the token');
  }

  return {
    async verify(token) {
      const { sub, scope, exp } = await payloadOf(token).catch(refuse);
      // A number too large for JSON becomes infinite.
      if (!Number.isFinite(exp)) throw unauthenticated(new Error('"exp" never comes'));
      if (!isSubject(sub)) throw unauthenticated(new Error('"sub" is no usable name'));
      return { subject: sub, scopes: scopesOf(scope), via: 'token' };
    },
    ...(sharedKey === undefined
      ? {}
      : { issue: (options: IssueOptions) => sign({ ...options, key: sharedKey, issuer, audience }) }),
  };
}

type SignOptions = IssueOptions & Pick<TokenOptions, 'issuer' | 'audience'> & { readonly key: Uint8Array };

function sign({ subject, scopes, ttlSeconds, key, issuer, audience }: SignOptions): Promise<string> {
  const token = new SignJWT({ scope: scopes.join(' ') })
    .setProtectedHeader({ alg: SHARED_SECRET, typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1_000) + ttlSeconds)
    .setJti(randomUUID());
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return token.sign(key);
}

/** Whatever is wrong with a token is for the log; that its key cannot be fetched is for the caller as well. */
function refuse(error: unknown): never {
  throw error instanceof AppError ? error : unauthenticated(error);
}

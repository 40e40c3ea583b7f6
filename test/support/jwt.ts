import { type CryptoKey, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const JWT_SECRET = 'a secret of the tests, 32 characters or more';

export type SigningKey = { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey; readonly kid: string };

/** The claims of a valid token, with changes. */
export function claims(changed: JWTPayload = {}): JWTPayload {
  return { sub: 'ann', scope: 'transcode', exp: Math.floor(Date.now() / 1_000) + 60, ...changed };
}

/** A token signed with HS256. */
export function tokenOf(payload: JWTPayload = claims(), secret: string = JWT_SECRET): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
}

/** A token assembled by hand: any header, any payload, any signature. */
export function rawToken(header: unknown, payload: unknown, signature: string | Buffer = ''): string {
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(header)}.${encode(payload)}.${Buffer.from(signature).toString('base64url')}`;
}

export async function signingKey(alg: string, kid: string): Promise<SigningKey> {
  return { ...(await generateKeyPair(alg, { extractable: true })), kid };
}

export function signedBy({ privateKey, kid }: SigningKey, alg: string, payload = claims()): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(privateKey);
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const JWT_SECRET = 'a secret of the tests, 32 characters or more';

export type SigningKey = { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey; readonly kid: string };

/** What a good token has; a test takes away or changes what it is about. */
export function claims(changed: JWTPayload = {}): JWTPayload {
  return { sub: 'ann', scope: 'transcode', exp: Math.floor(Date.now() / 1_000) + 60, ...changed };
}

/** A token of HS256. */
export function tokenOf(payload: JWTPayload = claims(), secret: string = JWT_SECRET): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
}

/** A token that was put together by hand: any header, any payload, any signature. */
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

/** A server of public keys; `await using` ends it. */
export type JwksServer = AsyncDisposable & {
  readonly url: string;
  /** How often it was asked. */
  asked(): number;
  publish(...keys: readonly SigningKey[]): Promise<void>;
  /** From now on it answers 500. */
  fail(): void;
};

export async function jwksServer(...keys: readonly SigningKey[]): Promise<JwksServer> {
  let published = '';
  let asked = 0;
  let fails = false;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(fails ? 500 : 200, { 'content-type': 'application/json', connection: 'close' }).end(published);
  });
  async function publish(...publicKeys: readonly SigningKey[]): Promise<void> {
    const jwks = publicKeys.map(async ({ publicKey, kid }) => ({ ...(await exportJWK(publicKey)), kid }));
    published = JSON.stringify({ keys: await Promise.all(jwks) });
  }
  await publish(...keys);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    asked: () => asked,
    publish,
    fail() {
      fails = true;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

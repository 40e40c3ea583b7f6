import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK } from 'jose';
import type { SigningKey } from './jwt.ts';

/** A server of public keys; `await using` closes it. */
export type JwksServer = AsyncDisposable & {
  readonly url: string;
  /** The number of requests so far. */
  asked(): number;
  publish(...keys: readonly SigningKey[]): Promise<void>;
  /** Makes all later requests fail with 500. */
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

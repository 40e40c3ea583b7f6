import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { newApiKey, writeApiKey } from '#lib/identity/keys/api-key.ts';
import { type Answer, call } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { JWT_SECRET, tokenOf } from '../support/jwt.ts';
import { newKey } from '../support/keys.ts';
import { startPostgres } from '../support/postgres.ts';
import { storeOf } from '../support/store.ts';

const ADMITTED = { status: 422, code: 'VALIDATION_ERROR' };
const AWAY = { status: 503, code: 'UNAVAILABLE', recoverable: true, details: { part: 'store' } };
/** Longest lookup, plus time for a busy machine. */
const LOOKUP_MS = 200 + 1_000;

function ask(host: Host, key: string): Promise<Answer> {
  return call(host, '/transcode', { body: {}, headers: { 'x-api-key': key } });
}

describe('a host whose database goes down', () => {
  it('accepts cached keys and tokens, is UNAVAILABLE for other keys, and accepts them when it is back', async (test) => {
    await using postgres = await startPostgres();
    const store = storeOf(test, postgres.url);
    const [known, unknown] = [await newKey(store, ['transcode']), await newKey(store, ['transcode'])];
    await using host = await startHost({ DATABASE_URL: postgres.url, JWT_SECRET });
    assertError(await ask(host, known), ADMITTED);
    await postgres.kill();
    try {
      assertError(await ask(host, known), ADMITTED);
      const headers = { authorization: `Bearer ${await tokenOf()}` };
      assertError(await call(host, '/transcode', { body: {}, headers }), ADMITTED);
      const startedAt = performance.now();
      assertError(await ask(host, unknown), AWAY);
      const elapsedMs = performance.now() - startedAt;
      assert.ok(elapsedMs < LOOKUP_MS, `${elapsedMs} ms`);
    } finally {
      await postgres.start();
    }
    await eventually(async () => assertError(await ask(host, unknown), ADMITTED), { withinMs: 10_000 });
  });

  it('waits no longer for a database that does not respond', async () => {
    const sockets = new AsyncDisposableStack();
    const server = createServer((socket) => void sockets.defer(() => void socket.destroy()));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      await using host = await startHost({ DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/c`, JWT_SECRET });
      const startedAt = performance.now();
      assertError(await ask(host, writeApiKey(newApiKey())), AWAY);
      const elapsedMs = performance.now() - startedAt;
      assert.ok(elapsedMs < LOOKUP_MS, `${elapsedMs} ms`);
    } finally {
      await sockets.disposeAsync();
      await once(server.close(), 'close');
    }
  });
});

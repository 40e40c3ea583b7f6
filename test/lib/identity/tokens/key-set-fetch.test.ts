import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createKeySetFetch } from '#lib/identity/tokens/key-set-fetch.ts';
import { answer, endless, neverAnswer, startHttpSource } from '../../../support/http-source.ts';

const KEYS = '{"keys":[]}';

async function fetched(origin: string, timeoutMs = 10_000): Promise<unknown> {
  const options = { headers: new Headers(), method: 'GET', redirect: 'manual', signal: AbortSignal.timeout(60_000) };
  const response = await createKeySetFetch(timeoutMs)(`${origin}/jwks.json`, options as never);
  return await response.json();
}

describe('fetching a key set', () => {
  it('works in a private network, because the operator has named the server', async () => {
    await using server = await startHttpSource(answer(200, {}, KEYS));
    assert.deepEqual(await fetched(server.origin), JSON.parse(KEYS));
    assert.deepEqual(await fetched(`http://localhost:${server.port}`), JSON.parse(KEYS));
  });

  it('follows no redirect', async () => {
    await using other = await startHttpSource(answer(200, {}, KEYS));
    await using server = await startHttpSource(answer(302, { location: other.origin }));
    await assert.rejects(fetched(server.origin), /responded with 302/);
    assert.equal(other.requests.length, 0);
  });

  it('ends when there are more bytes than a key set has', async () => {
    await using server = await startHttpSource(endless(Buffer.alloc(65_536, ' ')));
    await assert.rejects(fetched(server.origin), /larger than 1048576 bytes/);
    while ((await server.connected()) > 0) await new Promise(setImmediate);
  });

  it('ends when the server does not respond', async () => {
    await using server = await startHttpSource(neverAnswer);
    await assert.rejects(fetched(server.origin, 100), { code: 'HEADERS_TIMEOUT' });
  });
});

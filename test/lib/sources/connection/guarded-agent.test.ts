import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request } from 'undici';
import { createAddressPolicy } from '#lib/sources/connection/address-policy.ts';
import { createGuardedAgent, type Lookup } from '#lib/sources/connection/guarded-agent.ts';
import { answer, type HttpSource, startHttpSource } from '../../../support/http-source.ts';

/** GETs `urls` one after another. Returns the status or the error code of each. */
async function outcomes(urls: readonly string[], guard: { source?: HttpSource; lookup?: Lookup }) {
  const agent = createGuardedAgent({
    policy: createAddressPolicy(guard.source ? [guard.source.network] : []),
    connectTimeoutMs: 5000,
    headersTimeoutMs: 5000,
    lookup: guard.lookup,
  });
  const seen: unknown[] = [];
  for (const url of urls) {
    try {
      const { statusCode, body } = await request(url, { dispatcher: agent });
      await body.dump();
      seen.push(statusCode);
    } catch (error) {
      seen.push((error as { code?: unknown }).code);
    }
  }
  await agent.destroy();
  return seen;
}

const resolvesTo =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('the guarded agent', () => {
  it('connects to an allowed address, by literal and by name', async () => {
    await using source = await startHttpSource(answer(200));
    const urls = [source.origin, `http://media.example:${source.port}/`];
    assert.deepEqual(await outcomes(urls, { source, lookup: resolvesTo('127.0.0.1') }), [200, 200]);
  });

  it('refuses literal addresses before it connects', async () => {
    await using source = await startHttpSource(answer(200));
    const urls = [source.origin, `http://2130706433:${source.port}`, `http://[::ffff:127.0.0.1]:${source.port}`];
    assert.deepEqual(
      await outcomes([...urls, 'http://169.254.169.254/', 'http://[::1]/'], {}),
      Array(5).fill('SOURCE_FORBIDDEN'),
    );
    assert.equal(source.accepted(), 0);
  });

  it('refuses a name when any of its addresses is refused, in any position', async () => {
    await using source = await startHttpSource(answer(200));
    const url = `http://media.example:${source.port}/`;
    for (const addresses of [
      ['10.0.0.1'],
      ['127.0.0.1', '10.0.0.1'],
      ['10.0.0.1', '127.0.0.1'],
      ['127.0.0.1', '::1'],
    ]) {
      assert.deepEqual(await outcomes([url], { source, lookup: resolvesTo(...addresses) }), ['SOURCE_FORBIDDEN']);
    }
    assert.equal(source.accepted(), 0);
  });

  it('refuses a name that the system resolves to loopback', async () => {
    assert.deepEqual(await outcomes(['http://localhost:9/'], {}), ['SOURCE_FORBIDDEN']);
  });

  it('resolves once per connection, so that a second lookup cannot rebind the name', async () => {
    await using source = await startHttpSource(answer(200));
    let lookups = 0;
    const rebinding: Lookup = async () => {
      lookups += 1;
      return [{ address: lookups === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
    };
    const url = `http://media.example:${source.port}/`;
    assert.deepEqual(await outcomes([url], { source, lookup: rebinding }), [200]);
    assert.equal(lookups, 1);
  });

  it('tries the next checked address when one does not respond', async () => {
    await using source = await startHttpSource(answer(200));
    const agent = createGuardedAgent({
      policy: createAddressPolicy(['127.0.0.0/8']),
      connectTimeoutMs: 5000,
      headersTimeoutMs: 5000,
      lookup: resolvesTo('127.0.0.9', '127.0.0.1'),
    });
    const { statusCode, body } = await request(`http://media.example:${source.port}/`, { dispatcher: agent });
    await body.dump();
    await agent.destroy();
    assert.equal(statusCode, 200);
  });

  it('reports why a name cannot be resolved', async () => {
    const failing: Lookup = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }));
    assert.deepEqual(await outcomes(['http://media.example/'], { lookup: failing }), ['EAI_AGAIN']);
    assert.deepEqual(await outcomes(['http://media.example/'], { lookup: resolvesTo() }), ['ENOTFOUND']);
  });

  it('respects the port of a listed network, also when the URL omits it', async () => {
    const ports: number[] = [];
    const agent = createGuardedAgent({
      policy: {
        allows: (_, port) => {
          ports.push(port);
          return false;
        },
      },
      connectTimeoutMs: 5000,
      headersTimeoutMs: 5000,
      lookup: resolvesTo('127.0.0.1'),
    });
    for (const url of ['http://a.example/', 'https://a.example/', 'http://a.example:81/', 'https://127.0.0.1/']) {
      await assert.rejects(request(url, { dispatcher: agent }), { code: 'SOURCE_FORBIDDEN' });
    }
    await agent.destroy();
    assert.deepEqual(ports, [80, 443, 81, 443]);
  });
});

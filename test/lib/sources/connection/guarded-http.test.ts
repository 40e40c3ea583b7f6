import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AddressPolicy, createAddressPolicy } from '#lib/sources/connection/address-policy.ts';
import { createGuardedHttp } from '#lib/sources/connection/guarded-http.ts';
import { createResolver, type Resolve } from '#lib/sources/connection/resolver.ts';
import { answer, type HttpSource, startHttpSource } from '../../../support/http-source.ts';

type Guard = {
  readonly source?: HttpSource;
  readonly policy?: AddressPolicy;
  readonly resolve?: Resolve;
  readonly allowedNetworks?: readonly string[];
};

/** GETs `urls` one after another. Returns the status or the error code of each. */
async function outcomes(urls: readonly string[], guard: Guard = {}) {
  const allowedNetworks = guard.allowedNetworks ?? (guard.source ? [guard.source.network] : []);
  const http = createGuardedHttp({
    policy: guard.policy ?? createAddressPolicy({ kind: 'SOURCE', allowedNetworks }),
    connectTimeoutMs: 5000,
    headersTimeoutMs: 5000,
    resolve: guard.resolve ?? createResolver({ servers: [] }),
  });
  const seen: unknown[] = [];
  for (const url of urls) {
    try {
      const options = { headers: {}, subject: 'test', signal: new AbortController().signal };
      const response = await http.get(new URL(url), options);
      response.resume();
      seen.push(response.statusCode);
    } catch (error) {
      seen.push((error as { code?: unknown }).code);
    }
  }
  http.close();
  return seen;
}

const resolvesTo =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('guarded HTTP', () => {
  it('connects to an allowed address, by literal and by name', async () => {
    await using source = await startHttpSource(answer(200));
    const urls = [source.origin, `http://media.example:${source.port}/`];
    assert.deepEqual(await outcomes(urls, { source, resolve: resolvesTo('127.0.0.1') }), [200, 200]);
  });

  it('refuses literal addresses before it connects', async () => {
    await using source = await startHttpSource(answer(200));
    const urls = [source.origin, `http://2130706433:${source.port}`, `http://[::ffff:127.0.0.1]:${source.port}`];
    assert.deepEqual(
      await outcomes([...urls, 'http://169.254.169.254/', 'http://[::1]/']),
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
      assert.deepEqual(await outcomes([url], { source, resolve: resolvesTo(...addresses) }), ['SOURCE_FORBIDDEN']);
    }
    assert.equal(source.accepted(), 0);
  });

  it('refuses a name that the system resolves to loopback', async () => {
    assert.deepEqual(await outcomes(['http://localhost:9/']), ['SOURCE_FORBIDDEN']);
  });

  it('resolves once per connection, so that a second lookup cannot rebind the name', async () => {
    await using source = await startHttpSource(answer(200));
    let lookups = 0;
    const rebinding: Resolve = async () => {
      lookups += 1;
      return [{ address: lookups === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
    };
    const url = `http://media.example:${source.port}/`;
    assert.deepEqual(await outcomes([url], { source, resolve: rebinding }), [200]);
    assert.equal(lookups, 1);
  });

  it('tries the next checked address when one does not respond', async () => {
    await using source = await startHttpSource(answer(200));
    const resolve = resolvesTo('127.0.0.9', '127.0.0.1');
    const urls = [`http://media.example:${source.port}/`];
    assert.deepEqual(await outcomes(urls, { resolve, allowedNetworks: ['127.0.0.0/8'] }), [200]);
  });

  it('reports why a name cannot be resolved', async () => {
    const failing: Resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }));
    assert.deepEqual(await outcomes(['http://media.example/'], { resolve: failing }), ['EAI_AGAIN']);
    assert.deepEqual(await outcomes(['http://media.example/'], { resolve: resolvesTo() }), ['ENOTFOUND']);
  });

  it('fails when the addresses cannot be checked', async () => {
    const policy: AddressPolicy = {
      allows() {
        throw Object.assign(new Error('no interfaces'), { code: 'ERR_SYSTEM_ERROR' });
      },
    };
    const urls = ['http://a.example/', 'http://127.0.0.1/'];
    assert.deepEqual(await outcomes(urls, { policy, resolve: resolvesTo('127.0.0.1') }), [
      'ERR_SYSTEM_ERROR',
      'ERR_SYSTEM_ERROR',
    ]);
  });

  it('respects the port of a listed network, also when the URL omits it', async () => {
    const ports: number[] = [];
    const policy: AddressPolicy = {
      allows: (_, port) => {
        ports.push(port);
        return false;
      },
    };
    const urls = ['http://a.example/', 'https://a.example/', 'http://a.example:81/', 'https://127.0.0.1/'];
    const seen = await outcomes(urls, { policy, resolve: resolvesTo('127.0.0.1') });
    assert.deepEqual(seen, Array(4).fill('SOURCE_FORBIDDEN'));
    assert.deepEqual(ports, [80, 443, 81, 443]);
  });
});

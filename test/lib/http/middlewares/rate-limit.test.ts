import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonAnswer } from '#lib/http/answer.ts';
import type { Route } from '#lib/http/event.ts';
import { LOCAL_CALLER } from '#lib/identity/caller.ts';
import { createRateLimits } from '#lib/identity/limits/rate-limits.ts';
import { bufferedFunction } from '../../../support/function-url.ts';

const answer = () => jsonAnswer(200, {});
const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/jobs', access: 'jobs', handler: answer },
  { method: 'GET', path: '/docs', access: 'public', handler: answer },
  { method: 'GET', path: '/health', access: 'public', unlimited: true, handler: answer },
];

/** Requests name their caller, and come through proxies in 203.0.113.0/24, which forward the client's address. */
function limited(perCaller: number, perAddress: number) {
  const { call } = bufferedFunction(ROUTES, {
    trustedProxies: ['203.0.113.0/24'],
    authenticator: {
      caller: async (headers) => ({ ...LOCAL_CALLER, subject: String(headers['x-api-key']) }),
      key: () => Promise.reject(new Error('no key is expected')),
    },
    rateLimits: createRateLimits({ perCaller, perAddress, wrongCredentials: 1, shared: undefined }),
  });
  return async (path: string, subject: string, address: string) => {
    const { statusCode, headers, body } = await call({
      method: 'GET',
      path,
      headers: { 'x-api-key': subject, 'x-forwarded-for': address },
    });
    const { 'RateLimit-Limit': limit, 'RateLimit-Remaining': remaining, 'RateLimit-Reset': reset } = headers;
    return { statusCode, limit, remaining, reset: Number(reset), retryAfter: Number(headers['Retry-After']), body };
  };
}

describe('a limit of a caller', () => {
  it('counts its requests from all addresses, and those of no other caller', async () => {
    const ask = limited(3, 1_000);
    for (const [index, remaining] of ['2', '1', '0'].entries()) {
      const told = await ask('/jobs', 'ann', `198.51.100.${index}`);
      assert.partialDeepStrictEqual(told, { statusCode: 200, limit: '3', remaining });
      assert.ok(told.reset > 50 && told.reset <= 60);
    }
    const refused = await ask('/jobs', 'ann', '198.51.100.9');
    assert.partialDeepStrictEqual(refused, { statusCode: 429, limit: '3', remaining: '0' });
    assert.partialDeepStrictEqual(JSON.parse(refused.body), { code: 'RATE_LIMITED', recoverable: true });
    assert.ok(Math.abs(refused.retryAfter - refused.reset) <= 1 && refused.retryAfter > 50);
    assert.equal((await ask('/jobs', 'bob', '198.51.100.0')).statusCode, 200);
  });
});

describe('a limit of an address', () => {
  it('counts all requests from it, whatever their caller', async () => {
    const ask = limited(1_000, 2);
    assert.equal((await ask('/jobs', 'ann', '198.51.100.1')).remaining, '1');
    assert.equal((await ask('/docs', '', '198.51.100.1')).remaining, '0');
    for (const path of ['/jobs', '/docs', '/nowhere']) {
      assert.equal((await ask(path, 'bob', '198.51.100.1')).statusCode, 429, path);
    }
    assert.equal((await ask('/jobs', 'bob', '198.51.100.2')).statusCode, 200);
  });

  it('applies to a whole /64 network for IPv6', async () => {
    const ask = limited(1_000, 1);
    assert.equal((await ask('/docs', '', '2001:db8::1')).statusCode, 200);
    assert.equal((await ask('/docs', '', '2001:db8::2')).statusCode, 429);
    assert.equal((await ask('/docs', '', '2001:db8:0:1::1')).statusCode, 200);
  });

  it('does not count requests of monitoring', async () => {
    const ask = limited(1, 1);
    for (let count = 0; count < 5; count += 1) {
      const told = await ask('/health', '', '198.51.100.1');
      assert.equal(told.statusCode, 200);
      assert.equal(told.limit, undefined);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import type { Route } from '#lib/http/event.ts';
import { createRateLimits } from '#lib/identity/limits/rate-limits.ts';
import { bufferedFunction, REQUEST_ID } from '../../../support/function-url.ts';

const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/jobs', access: 'jobs', handler: () => jsonAnswer(200, {}) },
  { method: 'GET', path: '/open', access: 'public', handler: () => jsonAnswer(503, {}) },
];

function logged() {
  return bufferedFunction(ROUTES, {
    trustedProxies: ['203.0.113.7'],
    authenticator: {
      async caller(headers) {
        const key = headers['x-api-key'];
        if (key === 'wrong') throw new AppError('UNAUTHENTICATED', {}, { cause: new Error('"exp" is over') });
        return { subject: 'ann', scopes: key === 'all' ? ['jobs'] : [], via: 'api_key' };
      },
      key: () => Promise.reject(new Error('no key is expected')),
    },
    rateLimits: createRateLimits({ perCaller: 2, perAddress: 100, wrongCredentials: 1, shared: undefined }),
  });
}

describe('the log of a request', () => {
  it('is one line with the caller, its address and the outcome', async () => {
    const { call, log } = logged();
    const headers = (key: string) => ({ 'x-api-key': key, 'x-forwarded-for': '198.51.100.1' });
    const get = { method: 'GET', path: '/jobs' };
    await call({ ...get, headers: headers('all') });
    await call({ ...get, headers: headers('wrong') });
    await call({ ...get, headers: headers('little') });
    await call({ ...get, headers: headers('all') });
    await call({ ...get, path: '/open', headers: headers('all') });
    const line = { msg: 'request', request_id: REQUEST_ID, method: 'GET', path: '/jobs', source_ip: '198.51.100.1' };
    const ann = { caller: 'ann', via: 'api_key' };
    const expected = [
      { ...line, ...ann, status: 200, outcome: 'answered' },
      { ...line, status: 401, outcome: 'refused', code: 'UNAUTHENTICATED', cause: '"exp" is over' },
      { ...line, ...ann, status: 403, outcome: 'refused', code: 'FORBIDDEN' },
      { ...line, ...ann, status: 429, outcome: 'refused', code: 'RATE_LIMITED' },
      { ...line, path: '/open', status: 503, outcome: 'failed' },
      { ...line, method: 'OPTIONS', source_ip: '203.0.113.7', status: 204, outcome: 'answered' },
    ];
    await call({ method: 'OPTIONS', path: '/jobs', headers: { origin: 'https://player.example' } });
    const lines = log();
    assert.equal(lines.length, expected.length);
    for (const [index, each] of expected.entries()) {
      assert.partialDeepStrictEqual(lines[index], each);
      assert.equal(typeof lines[index]?.['duration_ms'], 'number');
    }
    assert.equal('caller' in (lines[1] ?? {}), false);
    assert.doesNotMatch(JSON.stringify(lines), /little|wrong/);
  });

  it('reports that the client has disconnected, which is no defect', async () => {
    const leaving = new AbortController();
    const { call, log } = bufferedFunction([
      {
        method: 'GET',
        path: '/open',
        access: 'public',
        handler(_event, { clientSignal }) {
          leaving.abort(new Error('The client has disconnected'));
          clientSignal?.throwIfAborted();
          return jsonAnswer(200, {});
        },
      },
    ]);
    await call({ method: 'GET', path: '/open' }, { clientSignal: leaving.signal });
    assert.partialDeepStrictEqual(log(), [{ level: 'info', msg: 'request', outcome: 'client_left' }]);
  });
});

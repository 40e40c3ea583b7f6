import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import type { Route } from '#lib/http/event.ts';
import { bufferedFunction, REQUEST_ID } from '../../support/function-url.ts';

const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/echo', access: 'public', handler: ({ body }) => jsonAnswer(200, { body }) },
  { method: 'GET', path: '/things/{id}', access: 'public', handler: ({ body }) => jsonAnswer(200, { body }) },
  {
    method: 'GET',
    path: '/defect',
    access: 'public',
    handler: () => {
      throw new TypeError('cannot read INTERNALS of undefined');
    },
  },
  {
    method: 'GET',
    path: '/busy',
    access: 'public',
    handler: async () => {
      throw new AppError('OVERLOADED', { limit: 5 }, { cause: new Error('INTERNALS') });
    },
  },
];

describe('a function', () => {
  it('responds with its route', async () => {
    const { call } = bufferedFunction(ROUTES);
    const { statusCode, headers, body } = await call({ method: 'POST', path: '/echo', body: '{"a":[1]}' });
    assert.equal(statusCode, 200);
    assert.equal(headers['Content-Type'], 'application/json');
    assert.deepEqual(JSON.parse(body), { body: { a: [1] } });
    assert.equal((await call({ method: 'GET', path: '/things/5' })).statusCode, 200);
  });

  it('returns NOT_FOUND for any other path or method', async () => {
    const { call } = bufferedFunction(ROUTES);
    for (const [method, path] of [
      ['GET', '/nowhere'],
      ['GET', '/echo'],
      ['DELETE', '/echo'],
      ['GET', '/things/1/2'],
      ['GET', '/%E0%A4%A'],
    ] as const) {
      const { statusCode, body } = await call({ method, path });
      assert.equal(statusCode, 404, path);
      assert.equal(JSON.parse(body).code, 'NOT_FOUND');
      assert.deepEqual(JSON.parse(body).details, { method, path });
    }
  });

  it('does not repeat a secret in an unknown path', async () => {
    const { call } = bufferedFunction(ROUTES);
    const { body } = await call({ method: 'GET', path: '/nowhere/token=hunter2/http://joe:hunter2@h/' });
    assert.equal(JSON.parse(body).code, 'NOT_FOUND');
    assert.doesNotMatch(body, /hunter2/);
  });

  it('returns a defect as INTERNAL_ERROR without internals, and logs all of it', async () => {
    const { call, log } = bufferedFunction(ROUTES);
    const { statusCode, headers, body } = await call({ method: 'GET', path: '/defect' });
    assert.equal(statusCode, 500);
    assert.deepEqual(JSON.parse(body), {
      code: 'INTERNAL_ERROR',
      message: 'internal error in the service',
      details: {},
      recoverable: false,
      request_id: REQUEST_ID,
    });
    assert.doesNotMatch(JSON.stringify({ headers, body }), /INTERNALS|TypeError/);
    const [line] = log();
    assert.equal(line?.['level'], 'error');
    assert.equal(line?.['request_id'], REQUEST_ID);
    const err = line?.['err'] as Record<string, string>;
    assert.match(err['message'] ?? '', /INTERNALS/);
    assert.match(err['stack'] ?? '', /stack\.test\.ts/);
  });

  it('returns an AppError as in the catalogue, with Retry-After, and only logs its cause', async () => {
    const { call, log } = bufferedFunction(ROUTES);
    const { statusCode, headers, body } = await call({ method: 'GET', path: '/busy' });
    assert.equal(statusCode, 503);
    assert.ok(Number(headers['Retry-After']) >= 1);
    assert.partialDeepStrictEqual(JSON.parse(body), { code: 'OVERLOADED', details: { limit: 5 }, recoverable: true });
    assert.doesNotMatch(body, /INTERNALS/);
    assert.partialDeepStrictEqual(log()[0], { level: 'info', code: 'OVERLOADED', status: 503, cause: 'INTERNALS' });
  });

  it('sends the request id of the log with each response', async () => {
    const { call, log } = bufferedFunction(ROUTES);
    for (const path of ['/things/1', '/defect', '/busy', '/nowhere']) {
      assert.equal((await call({ method: 'GET', path })).headers['X-Request-Id'], REQUEST_ID, path);
    }
    assert.equal(log().length, 4);
    for (const line of log()) {
      assert.equal(line['request_id'], REQUEST_ID);
      assert.equal(line['source_ip'], '203.0.113.7');
      assert.ok(Number(line['duration_ms']) >= 0);
    }
  });

  it('forbids browsers to sniff, load or frame anything, with every response', async () => {
    const { call } = bufferedFunction(ROUTES);
    for (const path of ['/things/1', '/defect', '/nowhere']) {
      const { headers } = await call({ method: 'GET', path });
      assert.equal(headers['X-Content-Type-Options'], 'nosniff');
      assert.match(headers['Content-Security-Policy'] ?? '', /default-src 'none'.*frame-ancestors 'none'/);
      assert.equal(headers['Strict-Transport-Security'], undefined);
    }
    const { headers } = await call({ method: 'GET', path: '/things/1', headers: { 'x-forwarded-proto': 'https' } });
    assert.match(headers['Strict-Transport-Security'] ?? '', /max-age=/);
  });

  it('logs no secret from a path', async () => {
    const { call, log } = bufferedFunction(ROUTES);
    await call({ method: 'GET', path: '/fetch/https://user:SECRET@example.org/' });
    assert.doesNotMatch(JSON.stringify(log()), /SECRET/);
  });
});

describe('a function that browsers call', () => {
  const origin = 'https://player.example';
  const preflight = {
    method: 'OPTIONS',
    path: '/echo',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  };

  it('responds to the preflight of a JSON request', async () => {
    const { statusCode, headers } = await bufferedFunction(ROUTES).call(preflight);
    assert.equal(statusCode, 204);
    assert.equal(headers['Access-Control-Allow-Origin'], '*');
    assert.match(headers['Access-Control-Allow-Methods'] ?? '', /\bPOST\b/);
    assert.match(headers['Access-Control-Allow-Headers'] ?? '', /\bContent-Type\b/i);
  });

  it('lets scripts read responses, errors and the service’s headers', async () => {
    const { call } = bufferedFunction(ROUTES);
    for (const path of ['/things/1', '/defect']) {
      const { headers } = await call({ method: 'GET', path, headers: { origin } });
      assert.equal(headers['Access-Control-Allow-Origin'], '*');
      assert.match(headers['Access-Control-Expose-Headers'] ?? '', /X-Request-Id.*X-Transcode-Id/);
    }
  });

  it('allows only the configured origins', async () => {
    const { call } = bufferedFunction(ROUTES, { corsOrigins: [origin, 'https://other.example'] });
    const asked = { method: 'GET', path: '/things/1' };
    const allowed = await call({ ...asked, headers: { origin } });
    assert.equal(allowed.headers['Access-Control-Allow-Origin'], origin);
    assert.match(allowed.headers['Vary'] ?? '', /Origin/);
    const refused = await call({ ...asked, headers: { origin: 'https://evil.example' } });
    assert.equal(refused.headers['Access-Control-Allow-Origin'], undefined);
    const refusedPreflight = await call({
      ...preflight,
      headers: { ...preflight.headers, origin: 'https://evil.example' },
    });
    assert.equal(refusedPreflight.headers['Access-Control-Allow-Origin'], undefined);
  });
});

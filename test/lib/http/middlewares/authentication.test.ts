import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import type { Route } from '#lib/http/event.ts';
import type { StackOptions } from '#lib/http/stack.ts';
import { type Asked, bufferedFunction } from '../../../support/function-url.ts';

const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/open', access: 'public', handler: ({ caller }) => jsonAnswer(200, { caller }) },
  { method: 'POST', path: '/jobs', access: 'jobs', handler: ({ caller, body }) => jsonAnswer(200, { caller, body }) },
  { method: 'GET', path: '/files', access: ['streams', 'jobs'], handler: () => jsonAnswer(200, {}) },
  { method: 'GET', path: '/jobs/{id}', access: 'jobs', handler: () => jsonAnswer(200, {}) },
  { method: 'POST', path: '/form', access: 'public', body: 'form', handler: ({ body }) => jsonAnswer(200, { body }) },
  {
    method: 'POST',
    path: '/client',
    access: 'public',
    handler: () => {
      throw new AppError('UNAUTHENTICATED', { error: 'invalid_client' });
    },
  },
];

/** Accepts the key `ann` with the scope `jobs`, and the key `bob` without it. */
const authenticator: StackOptions['authenticator'] = {
  async caller(headers) {
    const name = headers['x-api-key'];
    if (name !== 'ann' && name !== 'bob') throw new AppError('UNAUTHENTICATED', {}, { cause: new Error('WHY') });
    return { subject: name, scopes: name === 'ann' ? ['jobs'] : ['transcode'], via: 'api_key' };
  },
  key: () => Promise.reject(new AppError('UNAUTHENTICATED')),
};

const ASKED: Asked = { method: 'POST', path: '/jobs', body: '{}' };

function call(asked: Partial<Asked> = {}) {
  return bufferedFunction(ROUTES, { authenticator }).call({ ...ASKED, ...asked });
}

describe('a route that requires a scope', () => {
  it('receives the caller', async () => {
    const { statusCode, body } = await call({ headers: { 'x-api-key': 'ann' } });
    assert.equal(statusCode, 200);
    assert.deepEqual(JSON.parse(body).caller, { subject: 'ann', scopes: ['jobs'], via: 'api_key' });
  });

  it('returns the same 401 for all missing or wrong credentials', async () => {
    const missing = await call();
    const wrong = await call({ headers: { 'x-api-key': 'eve' } });
    assert.equal(missing.statusCode, 401);
    assert.equal(wrong.statusCode, 401);
    assert.deepEqual(wrong.body, missing.body);
    assert.doesNotMatch(wrong.body, /WHY/);
    assert.equal(missing.headers['WWW-Authenticate'], 'Bearer');
    assert.equal(wrong.headers['WWW-Authenticate'], 'Bearer error="invalid_token"');
  });

  it('returns 403 with the scope for credentials that lack it', async () => {
    const { statusCode, headers, body } = await call({ headers: { 'x-api-key': 'bob' } });
    assert.equal(statusCode, 403);
    assert.partialDeepStrictEqual(JSON.parse(body), { code: 'FORBIDDEN', details: { scope: 'jobs' } });
    assert.equal(headers['WWW-Authenticate'], 'Bearer error="insufficient_scope", scope="jobs"');
  });

  it('accepts any of several scopes, and names them all to others', async () => {
    const of = (name: string) => call({ method: 'GET', path: '/files', headers: { 'x-api-key': name } });
    assert.equal((await of('ann')).statusCode, 200);
    const { statusCode, headers, body } = await of('bob');
    assert.equal(statusCode, 403);
    assert.equal(JSON.parse(body).message, 'this request needs credentials with one of the scopes streams, jobs');
    assert.equal(headers['WWW-Authenticate'], 'Bearer error="insufficient_scope", scope="streams jobs"');
  });

  it('checks nothing else of a request before the credentials', async () => {
    for (const body of ['{', 'x'.repeat(5_000)]) assert.equal((await call({ body })).statusCode, 401, body.slice(0, 5));
    assert.equal((await call({ method: 'GET', path: '/jobs/5/' })).statusCode, 401);
  });

  it('cannot be reached by another spelling of its path', async () => {
    for (const path of ['/jobs/', '//jobs', '/./jobs', '/JOBS', '/jobs//', '/%6aobs', '/jobs;a=b']) {
      assert.notEqual((await call({ path })).statusCode, 200, path);
    }
  });
});

describe('a public route', () => {
  it('does not check credentials', async () => {
    for (const headers of [{}, { 'x-api-key': 'eve' }, { authorization: 'Basic YTpi' }] as Record<string, string>[]) {
      const { statusCode, body } = await call({ method: 'GET', path: '/open', headers });
      assert.equal(statusCode, 200);
      assert.deepEqual(JSON.parse(body), {});
    }
  });

  it('asks for Basic when it refuses a client', async () => {
    const { statusCode, headers } = await call({ path: '/client' });
    assert.equal(statusCode, 401);
    assert.match(headers['WWW-Authenticate'] ?? '', /^Basic realm=/);
  });

  it('does not include paths without a route', async () => {
    assert.equal((await call({ method: 'GET', path: '/nowhere' })).statusCode, 404);
  });
});

describe('a browser', () => {
  const origin = 'https://player.example';

  it('may send a preflight without credentials', async () => {
    const { statusCode, headers } = await call({
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
    assert.equal(statusCode, 204);
    assert.match(headers['Access-Control-Allow-Headers'] ?? '', /Authorization.*X-Api-Key/);
  });

  it('can read in scripts that credentials were refused', async () => {
    const { statusCode, headers } = await call({ headers: { origin } });
    assert.equal(statusCode, 401);
    assert.equal(headers['Access-Control-Allow-Origin'], '*');
    assert.match(headers['Access-Control-Expose-Headers'] ?? '', /Retry-After.*RateLimit-Remaining/);
  });
});

describe('the body of a form', () => {
  const post = async (body: string, type: string, isBase64Encoded = false) => {
    const { statusCode, body: answer } = await call({
      path: '/form',
      body,
      isBase64Encoded,
      headers: { 'content-type': type },
    });
    return { statusCode, ...JSON.parse(answer) };
  };
  const FORM = 'application/x-www-form-urlencoded';

  it('is parsed in both encodings of the platform', async () => {
    const form = 'a=1+2&b=%C3%BC%26';
    assert.deepEqual((await post(form, FORM)).body, { a: '1 2', b: 'ü&' });
    assert.deepEqual((await post(Buffer.from(form).toString('base64'), FORM, true)).body, { a: '1 2', b: 'ü&' });
    assert.deepEqual((await post('{"a":1}', 'application/json; charset=utf-8')).body, { a: 1 });
  });

  it('must not have a field twice', async () => {
    assert.partialDeepStrictEqual(await post('a=1&a=2', FORM), {
      code: 'VALIDATION_ERROR',
      details: { error: 'invalid_request' },
    });
  });

  it('cannot change the prototype of objects', async () => {
    await post('__proto__=polluted&constructor=x', FORM);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});

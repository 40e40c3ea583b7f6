import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { newApiKey, writeApiKey } from '#lib/identity/keys/api-key.ts';
import { type Answer, type CallOptions, call, type Fields } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { JWT_SECRET } from '../support/jwt.ts';
import { newKey } from '../support/keys.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { assertLogged } from '../support/request-line.ts';
import { storeOf } from '../support/store.ts';

const ADMITTED = { status: 422, code: 'VALIDATION_ERROR' };
const REFUSED = { status: 401, code: 'UNAUTHENTICATED' };
const CALLER_LIMIT = 250;

function ask(host: Host, key: string, localAddress = '127.0.0.1'): Promise<Answer> {
  return call(host, '/transcode', { body: {}, localAddress, ...withKey(key) });
}

function withKey(key: string): CallOptions & { headers: Record<string, string> } {
  return { headers: { 'x-api-key': key } };
}

let postgres: Postgres;

before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

describe('two hosts on one database', () => {
  const cleanUp = new AsyncDisposableStack();
  let one: Host;
  let other: Host;
  let admin: string;
  let radio: string;

  before(async () => {
    const store = storeOf({ after: (close) => cleanUp.defer(close) }, postgres.url);
    admin = await newKey(store, ['admin', 'transcode', 'jobs']);
    radio = await newKey(store, ['transcode']);
    const settings = { DATABASE_URL: postgres.url, JWT_SECRET, RATE_LIMIT_PER_CALLER: CALLER_LIMIT };
    one = cleanUp.use(await startHost(settings));
    other = cleanUp.use(await startHost(settings));
  });
  after(() => cleanUp.disposeAsync());

  async function make(fields: Fields): Promise<{ id: string; key: string }> {
    const answer = await call(one, '/api/keys', { body: fields, ...withKey(admin) });
    assert.equal(answer.status, 201, answer.body.toString());
    return answer.json();
  }

  it('accept a key that was created on one of them, and never return it again', async () => {
    const { key, ...made } = await make({ name: 'radio', scopes: ['transcode'], expires_in_days: 1 });
    assertError(await ask(other, key), ADMITTED);
    assertError(await call(other, '/api/keys', withKey(key)), { status: 403, code: 'FORBIDDEN' });
    const shown = await call(other, `/api/keys/${made.id}`, withKey(admin));
    assert.deepEqual(shown.json(), made);
    assert.partialDeepStrictEqual(made, { name: 'radio', subject: made.id, scopes: ['transcode'] });
    const listed = await call(other, '/api/keys', withKey(admin));
    assert.deepEqual(listed.json().keys[0], made);
    assert.doesNotMatch(listed.body.toString(), /secret|hash|ffk_/);
    for (const host of [one, other]) assert.ok(!host.printed().includes(key), 'the log does not contain it');
  });

  it('reject a key within a second after it is revoked on one of them', async () => {
    const { key, id } = await make({ name: 'gone', scopes: ['transcode'] });
    for (const host of [one, other]) assertError(await ask(host, key), ADMITTED);
    const revoked = await call(one, `/api/keys/${id}`, { method: 'DELETE', ...withKey(admin) });
    assert.equal(revoked.status, 204);
    assert.equal(revoked.body.length, 0);
    for (const host of [one, other]) {
      await eventually(async () => assertError(await ask(host, key), REFUSED), { withinMs: 1_000 });
    }
    for (const method of ['DELETE', 'GET']) {
      assertError(await call(other, `/api/keys/${id}`, { method, ...withKey(admin) }), {
        status: 404,
        code: 'NOT_FOUND',
      });
    }
  });

  it('let no key outrank or outlive the key that makes it', async () => {
    const expiresInDays = 1;
    const store = storeOf({ after: (close) => cleanUp.defer(close) }, postgres.url);
    const maker = withKey(await newKey(store, ['admin', 'transcode'], { expiresInDays, limits: { places: 5 } }));
    const make = (fields: Fields) =>
      call(one, '/api/keys', { body: { name: 'made', scopes: ['transcode'], ...fields }, ...maker });
    assertError(await make({ scopes: ['jobs'] }), { status: 403, code: 'FORBIDDEN', details: { scope: 'jobs' } });
    assertError(await make({ expires_in_days: 2 }), { ...ADMITTED, details: { field: 'expires_in_days', value: 2 } });
    assertError(await make({ limits: { places: 6 } }), { ...ADMITTED, details: { field: 'limits.places', value: 6 } });
    const made = (await make({ limits: { stored_bytes: 9 } })).json();
    assert.deepEqual(made.limits, { places: 5, stored_bytes: 9 });
    const [id = ''] = /[0-9a-f]{16}/.exec(maker.headers['x-api-key'] ?? '') ?? [];
    assert.equal(made.made_by, id);
    assert.ok(Date.parse(made.expires_at) <= Date.now() + expiresInDays * 86_400_000);
    assertError(await ask(other, made.key), ADMITTED);
    await call(one, `/api/keys/${id}`, { method: 'DELETE', ...withKey(admin) });
    for (const host of [one, other]) {
      await eventually(async () => assertError(await ask(host, made.key), REFUSED), { withinMs: 1_000 });
    }
  });

  it('refuse the token of a revoked key, and use no token for keys', async () => {
    const { key, id } = await make({ name: 'short-lived', scopes: ['admin', 'transcode'] });
    const answer = await call(one, '/oauth/token', { body: { grant_type: 'client_credentials' }, ...withKey(key) });
    const { access_token: token, scope } = answer.json();
    assert.equal(scope, 'transcode', 'never admin');
    const bearer = { headers: { authorization: `Bearer ${token}` } };
    const keys = await call(one, '/api/keys', bearer);
    assertError(keys, { status: 403, code: 'FORBIDDEN', details: { scope: 'admin' } });
    for (const host of [one, other]) assertError(await call(host, '/transcode', { body: {}, ...bearer }), ADMITTED);
    await call(other, `/api/keys/${id}`, { method: 'DELETE', ...withKey(admin) });
    for (const host of [one, other]) {
      await eventually(async () => assertError(await call(host, '/transcode', { body: {}, ...bearer }), REFUSED), {
        withinMs: 1_000,
      });
    }
  });

  it('reject invalid key requests', async () => {
    for (const body of [
      {},
      { name: 'x', scopes: ['everything'] },
      { name: 'x', scopes: ['jobs'], subject: 'a\nb' },
      { name: 'x', scopes: ['jobs'], expires_in_days: 0 },
    ]) {
      assertError(await call(one, '/api/keys', { body, ...withKey(admin) }), ADMITTED);
    }
    for (const id of ['x', '0000000000000000', "'; drop table api_keys; --", '%00']) {
      const answer = await call(one, `/api/keys/${encodeURIComponent(id)}`, withKey(admin));
      assertError(answer, { status: 404, code: 'NOT_FOUND' });
    }
  });

  it('exchange a key for a token that both accept', async () => {
    const { key, id } = await make({ name: 'client', scopes: ['transcode', 'jobs'], subject: 'radio' });
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: key,
      scope: 'transcode',
    });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await call(one, '/oauth/token', { method: 'POST', body: String(body), headers: form });
    assert.equal(answer.status, 200, answer.body.toString());
    assert.equal(answer.headers['cache-control'], 'no-store');
    const { access_token: token, ...rest } = answer.json();
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3_600, scope: 'transcode' });
    for (const host of [one, other]) {
      const headers = { authorization: `Bearer ${token}` };
      const served = await call(host, '/transcode', { body: {}, headers });
      assertError(served, ADMITTED);
      await assertLogged(host, served, { caller: 'radio', via: 'token' });
    }
    body.set('client_secret', 'wrong');
    const refused = await call(one, '/oauth/token', { method: 'POST', body: String(body), headers: form });
    assertError(refused, { ...REFUSED, details: { error: 'invalid_client' } });
    assert.match(String(refused.headers['www-authenticate']), /^Basic/);
    for (const host of [one, other]) assert.ok(!host.printed().includes(token), 'no token is in the log');
  });

  it('return 429 to an address after many wrong keys, and still serve all other callers', async () => {
    const address = '127.0.0.9';
    assertError(await ask(one, radio, address), ADMITTED);
    const { key } = await make({ name: 'new', scopes: ['transcode'] });
    const guess = () => ask(one, writeApiKey(newApiKey()), address);
    let refused = 0;
    for (let count = 0; count < 20; count += 1) {
      const answers = await Promise.all(Array.from({ length: 10 }, guess));
      // The first hundred contain those that are looked up, also when the database is slow.
      if (count >= 10) refused += answers.filter(({ status }) => status === 429).length;
    }
    assert.equal(refused, 100);
    assertError(await ask(one, radio, address), ADMITTED);
    assertError(await ask(one, key, address), { status: 429, code: 'RATE_LIMITED' });
    assertError(await ask(one, key), ADMITTED);
  });

  it('share the rate limit of a caller', async () => {
    const { key } = await make({ name: 'busy', scopes: ['transcode'] });
    const askedAtOne = 150;
    for (let count = 0; count < askedAtOne; count += 1) assertError(await ask(one, key), ADMITTED);
    let left = CALLER_LIMIT - askedAtOne;
    await eventually(async () => {
      left -= 1;
      assert.ok(Number((await ask(other, key)).headers['ratelimit-remaining']) <= left);
    });
    for (; left > 0; left -= 1) await ask(other, key);
    assertError(await ask(other, key), { status: 429, code: 'RATE_LIMITED' });
    await eventually(async () => assertError(await ask(one, key), { status: 429, code: 'RATE_LIMITED' }));
    assertError(await ask(one, (await make({ name: 'calm', scopes: ['transcode'] })).key), ADMITTED);
  });
});

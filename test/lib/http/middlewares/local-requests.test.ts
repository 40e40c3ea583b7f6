import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonAnswer } from '#lib/http/answer.ts';
import type { Route } from '#lib/http/event.ts';
import { bufferedFunction } from '../../../support/function-url.ts';

const handler = () => jsonAnswer(200, {});
const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/keys', access: 'admin', handler },
  { method: 'POST', path: '/keys', access: 'admin', handler },
  { method: 'GET', path: '/page', access: 'public', handler },
];
const PAGE = 'http://localhost:3000';
const OPTIONS = {
  corsOrigins: ['*', PAGE],
  openAccess: { isOpen: async () => true, names: { hosts: [], origins: ['*', PAGE] } },
};
const { call } = bufferedFunction(ROUTES, OPTIONS);
const ask = (headers: Readonly<Record<string, string>>, rest: Partial<Parameters<typeof call>[0]> = {}) =>
  call({ method: 'GET', path: '/keys', ...rest, headers: { host: 'localhost:8090', ...headers } });

describe('an open service', () => {
  it('refuses other pages and other names on every route, and does not let the page read why', async () => {
    const evil = 'https://evil.example';
    const preflight = { origin: evil, 'access-control-request-method': 'POST' };
    for (const answer of [
      await ask({ origin: evil }),
      await ask({ 'sec-fetch-site': 'cross-site' }),
      await ask({ host: 'evil.example' }),
      await ask({ host: 'evil.example' }, { path: '/page' }),
      await ask({ origin: evil }, { path: '/page' }),
      await ask({ origin: evil }, { path: '/nowhere' }),
      await ask({ origin: evil, 'content-type': 'text/plain' }, { method: 'POST', body: '{}' }),
      await ask(preflight, { method: 'OPTIONS' }),
    ]) {
      assert.equal(answer.statusCode, 403);
      assert.equal(JSON.parse(answer.body).code, 'FORBIDDEN');
      assert.equal(answer.headers['Access-Control-Allow-Origin'], undefined);
    }
    assert.match((await ask({ host: 'evil.example' })).body, /PUBLIC_URL/);
    assert.match((await ask({ origin: evil })).body, /CORS_ORIGINS/);
  });

  it('serves programs, its own page and the pages that CORS_ORIGINS names, and never allows all origins', async () => {
    assert.equal((await ask({})).statusCode, 200);
    assert.equal((await ask({}, { method: 'POST', body: '{}' })).statusCode, 200);
    const own = await ask({ origin: 'http://localhost:8090' });
    assert.equal(own.statusCode, 200);
    assert.equal(own.headers['Access-Control-Allow-Origin'], undefined, 'it needs none');
    const named = await ask({ origin: PAGE });
    assert.equal(named.statusCode, 200);
    assert.equal(named.headers['Access-Control-Allow-Origin'], PAGE);
    const preflight = await ask({ origin: PAGE, 'access-control-request-method': 'POST' }, { method: 'OPTIONS' });
    assert.equal(preflight.statusCode, 204);
    assert.equal(preflight.headers['Access-Control-Allow-Origin'], PAGE);
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    assert.equal((await ask(link, { path: '/page' })).statusCode, 200);
    assert.equal((await ask(link)).statusCode, 403);
  });
});

describe('a service that requires credentials', () => {
  it('answers every page and every name', async () => {
    const { call: callClosed } = bufferedFunction(ROUTES);
    const headers = { host: 'media.example', origin: 'https://player.example', 'sec-fetch-site': 'cross-site' };
    const { statusCode, headers: answered } = await callClosed({ method: 'GET', path: '/keys', headers });
    assert.equal(statusCode, 200);
    assert.equal(answered['Access-Control-Allow-Origin'], '*');
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { call } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { startHost } from '../support/host.ts';
import { JWT_SECRET } from '../support/jwt.ts';
import { newKey } from '../support/keys.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { storeOf } from '../support/store.ts';

const ADMITTED = { status: 422, code: 'VALIDATION_ERROR' };
const REFUSED = { status: 401, code: 'UNAUTHENTICATED' };

let postgres: Postgres;

before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

describe('a host on loopback', () => {
  it('requires credentials as soon as it is notified of a key', async (test) => {
    const store = storeOf(test, postgres.url);
    await store.database.run((db) => db.deleteFrom('api_keys').execute());
    await using host = await startHost({ DATABASE_URL: postgres.url });
    assertError(await call(host, '/transcode', { body: {} }), ADMITTED);
    const key = await newKey(store, ['transcode']);
    await eventually(async () => assertError(await call(host, '/transcode', { body: {} }), REFUSED), {
      withinMs: 5_000,
    });
    const headers = { 'x-api-key': key };
    assertError(await call(host, '/transcode', { body: {}, headers }), ADMITTED);
    await using restarted = await startHost({ DATABASE_URL: postgres.url });
    assertError(await call(restarted, '/transcode', { body: {} }), REFUSED);
  });
});

describe('a host that other machines can reach', () => {
  const everywhere = { HOST: '0.0.0.0', DATABASE_URL: '' };

  it('does not start without a way to authenticate callers', async (test) => {
    const store = storeOf(test, postgres.url);
    await store.database.run((db) => db.deleteFrom('api_keys').execute());
    for (const settings of [everywhere, { ...everywhere, DATABASE_URL: postgres.url }]) {
      await assert.rejects(
        startHost(settings),
        /exit code 1.*HOST=0\.0\.0\.0 would open the service to other machines.*JWT_SECRET/s,
      );
    }
  });

  it('does not start with the keys of an issuer that may sign for other services too', async () => {
    for (const settings of [{}, { JWT_ISSUER: 'https://issuer.example' }, { JWT_AUDIENCE: 'us' }]) {
      await assert.rejects(
        startHost({ ...everywhere, JWKS_URL: 'http://127.0.0.1:9/jwks.json', ...settings }),
        /JWKS_URL needs JWT_ISSUER and JWT_AUDIENCE/,
      );
    }
  });

  it('starts with any kind of authentication, and requires it', async (test) => {
    await newKey(storeOf(test, postgres.url), ['transcode']);
    for (const settings of [
      { JWT_SECRET },
      { JWKS_URL: 'http://127.0.0.1:9/jwks.json', JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'us' },
      { AUTHENTICATION: 'required' },
      { DATABASE_URL: postgres.url },
    ]) {
      await using host = await startHost({ ...everywhere, ...settings });
      const { port } = new URL(host.url);
      assertError(await call({ url: `http://127.0.0.1:${port}` }, '/transcode', { body: {} }), REFUSED);
    }
  });
});

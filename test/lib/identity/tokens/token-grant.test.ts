import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#lib/errors.ts';
import { newApiKey, writeApiKey } from '#lib/identity/keys/api-key.ts';
import type { KeyRecord } from '#lib/identity/keys/key-store.ts';
import { clientKeyOf } from '#lib/identity/tokens/client-credentials.ts';
import { createTokenGrant, type TokenRequest } from '#lib/identity/tokens/token-grant.ts';

const API_KEY = newApiKey();
const KEY = writeApiKey(API_KEY);
const RIGHT: TokenRequest = { grant_type: 'client_credentials', client_id: API_KEY.id, client_secret: API_KEY.secret };

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

describe('a client', () => {
  it('authenticates with Basic, with the body or with X-Api-Key', () => {
    const { id, secret } = API_KEY;
    for (const client of [id, `ffk_${id}`]) {
      for (const proof of [secret, KEY]) {
        assert.equal(clientKeyOf({ client_id: client, client_secret: proof }, {}), KEY);
        assert.equal(clientKeyOf({}, { authorization: basic(client, proof) }), KEY);
        assert.equal(clientKeyOf({}, { authorization: basic(client, encodeURIComponent(proof)) }), KEY);
      }
    }
    assert.equal(clientKeyOf({}, { 'x-api-key': KEY }), KEY);
    assert.equal(clientKeyOf({}, {}), undefined);
  });

  it('may authenticate in one way only', () => {
    const body = { client_id: API_KEY.id, client_secret: API_KEY.secret };
    for (const [fields, headers] of [
      [body, { 'x-api-key': KEY }],
      [body, { authorization: basic(API_KEY.id, API_KEY.secret) }],
      [{}, { 'x-api-key': KEY, authorization: basic('a', 'b') }],
    ] as const) {
      assert.throws(() => clientKeyOf(fields, headers), {
        code: 'VALIDATION_ERROR',
        details: { error: 'invalid_request', errors: [] },
      });
    }
  });

  it('cannot authenticate with any other text', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (client_id, client_secret) => {
        assert.notEqual(clientKeyOf({ client_id, client_secret }, {}), KEY);
        assert.notEqual(clientKeyOf({}, { authorization: basic(client_id, client_secret) }), KEY);
        assert.notEqual(clientKeyOf({}, { authorization: client_secret }), KEY);
        // The right secret with another client id is another key.
        if (client_id !== API_KEY.id && client_id !== `ffk_${API_KEY.id}`) {
          assert.notEqual(clientKeyOf({ client_id, client_secret: API_KEY.secret }, {}), KEY);
        }
      }),
    );
  });
});

/** Returns the token grant of a service that accepts only this key. */
function grantOf({ record = {}, ttlSeconds = 3_600 }: { record?: Partial<KeyRecord>; ttlSeconds?: number } = {}) {
  const { grant } = createTokenGrant({
    authenticator: {
      async key(text) {
        if (text !== KEY) throw new AppError('UNAUTHENTICATED');
        return { subject: 'ann', scopes: ['transcode', 'jobs'], expiresAt: null, ...record } as KeyRecord;
      },
    },
    issue: async (claims) => JSON.stringify(claims),
    ttlSeconds,
  });
  return (request: Partial<TokenRequest> = {}, headers = {}) =>
    grant({ ...RIGHT, ...request }, { headers, address: '192.0.2.1' });
}

describe('a token', () => {
  it('has the scopes of the key, or fewer', async () => {
    const issued = await grantOf()();
    assert.deepEqual(issued.scopes, ['transcode', 'jobs']);
    assert.deepEqual(JSON.parse(issued.token), { subject: 'ann', scopes: ['transcode', 'jobs'], ttlSeconds: 3_600 });
    assert.deepEqual((await grantOf()({ scope: 'jobs' })).scopes, ['jobs']);
    assert.deepEqual((await grantOf()({ scope: '  jobs jobs ' })).scopes, ['jobs']);
    assert.deepEqual((await grantOf()({ scope: '' })).scopes, ['transcode', 'jobs']);
  });

  it('is refused for scopes that the key lacks or that do not exist', async () => {
    for (const scope of ['admin', 'transcode admin', 'everything', 'transcode,jobs']) {
      await assert.rejects(grantOf()({ scope }), { code: 'FORBIDDEN', details: { error: 'invalid_scope' } }, scope);
    }
  });

  it('expires no later than the key', async () => {
    const expiresAt = new Date(Date.now() + 10_500);
    assert.equal((await grantOf({ record: { expiresAt } })()).expiresInSeconds, 10);
    assert.equal((await grantOf({ record: { expiresAt }, ttlSeconds: 5 })()).expiresInSeconds, 5);
    await assert.rejects(grantOf({ record: { expiresAt: new Date(Date.now() + 500) } })(), { code: 'UNAUTHENTICATED' });
  });

  it('needs a known client and the grant type client_credentials', async () => {
    const refused = { code: 'UNAUTHENTICATED', details: { error: 'invalid_client' } };
    await assert.rejects(grantOf()({ client_secret: 'wrong' }), refused);
    await assert.rejects(grantOf()({ client_id: undefined, client_secret: undefined }), refused);
    await assert.rejects(grantOf()({ grant_type: 'password' }), {
      code: 'VALIDATION_ERROR',
      details: { error: 'unsupported_grant_type', field: 'grant_type', errors: [] },
    });
  });

  it('needs JWT_SECRET', async () => {
    const { grant } = createTokenGrant({
      authenticator: { key: () => Promise.reject(new Error('no key is expected')) },
      issue: undefined,
      ttlSeconds: 1,
    });
    await assert.rejects(grant(RIGHT, { headers: {}, address: '' }), {
      code: 'UNAVAILABLE',
      details: { part: 'tokens' },
      recoverable: false,
    });
  });
});

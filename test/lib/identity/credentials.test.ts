import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { credentialsOf } from '#lib/identity/credentials.ts';

describe('the credentials of a request', () => {
  it('are a bearer token, with the scheme in any case', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      assert.deepEqual(credentialsOf({ authorization: `${scheme} a.b.c` }), { kind: 'token', token: 'a.b.c' });
    }
  });

  it('are an API key', () => {
    assert.deepEqual(credentialsOf({ 'x-api-key': ' ffk_1_2 ' }), { kind: 'api_key', key: 'ffk_1_2' });
  });

  it('are none without either header', () => {
    assert.deepEqual(credentialsOf({ cookie: 'a=b', 'proxy-authorization': 'Bearer a.b.c' }), { kind: 'none' });
  });

  it('are unknown when they have another scheme, are empty, or are of both kinds', () => {
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer ', 'Bearer a b', 'bearer,a', '', 'a.b.c']) {
      assert.deepEqual(credentialsOf({ authorization }), { kind: 'unknown' }, authorization);
    }
    assert.deepEqual(credentialsOf({ authorization: 'Bearer a.b.c', 'x-api-key': 'k' }), { kind: 'unknown' });
  });

  it('are never none when a header is present', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.notEqual(credentialsOf({ authorization: text }).kind, 'none');
        assert.notEqual(credentialsOf({ 'x-api-key': text }).kind, 'none');
      }),
    );
  });
});

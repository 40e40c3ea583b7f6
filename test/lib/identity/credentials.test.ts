import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { credentialsOf } from '#lib/identity/credentials.ts';

describe('the credentials of a request', () => {
  it('are a bearer token, whatever the case of the scheme', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      assert.deepEqual(credentialsOf({ authorization: `${scheme} a.b.c` }), { kind: 'token', token: 'a.b.c' });
    }
  });

  it('are an API key', () => {
    assert.deepEqual(credentialsOf({ 'x-api-key': ' ffk_1_2 ' }), { kind: 'api_key', key: 'ffk_1_2' });
  });

  it('are none when there is no such header', () => {
    assert.deepEqual(credentialsOf({ cookie: 'a=b', 'proxy-authorization': 'Bearer a.b.c' }), { kind: 'none' });
  });

  it('are nobody’s when they are of another scheme, empty, or two at once', () => {
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer ', 'Bearer a b', 'bearer,a', '', 'a.b.c']) {
      assert.deepEqual(credentialsOf({ authorization }), { kind: 'unknown' }, authorization);
    }
    assert.deepEqual(credentialsOf({ authorization: 'Bearer a.b.c', 'x-api-key': 'k' }), { kind: 'unknown' });
  });

  it('are never none when something is presented', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.notEqual(credentialsOf({ authorization: text }).kind, 'none');
        assert.notEqual(credentialsOf({ 'x-api-key': text }).kind, 'none');
      }),
    );
  });
});

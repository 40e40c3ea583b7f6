import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Caller, LOCAL_CALLER } from '#lib/identity/caller.ts';
import { isOwn, ownPrefix, requireReadable } from '#lib/storage/ownership.ts';

const caller = (subject: string): Caller => ({ subject, scopes: ['transcode'], via: 'token' });
const subject = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.constantFrom('a', 'A', '.', '..', 'a/b', '~a', 'a.b@c', '%2e', 'a%2Fb', ' a', 'x'.repeat(64), 'x'.repeat(255)),
);

describe('the prefix of a caller', () => {
  it('has one segment for the subject that no server changes', () => {
    fc.assert(fc.property(subject, (who) => assert.match(ownPrefix(who), /^uploads\/[\w~][\w-]{0,63}\/$/)));
  });

  it('is different for every caller', () => {
    fc.assert(
      fc.property(subject, subject, (one, other) => {
        assert.equal(ownPrefix(one) === ownPrefix(other), one === other);
        if (one !== other) assert.equal(isOwn(`${ownPrefix(one)}x`, other), false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('cannot be escaped by any key', () => {
    const segment = fc.constantFrom('', '.', '..', 'x', '%2e%2e', 'uploads', 'victim', '...', '..x', '\\..');
    const key = fc.array(segment, { maxLength: 8 }).map((segments) => ['uploads', 'me', ...segments].join('/'));
    fc.assert(
      fc.property(key, (text) => {
        if (!isOwn(text, 'me')) return;
        // Like a server that stores objects as files.
        assert.ok(posix.normalize(text).startsWith('uploads/me/'), text);
        assert.equal(posix.normalize(text), text);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an object in the service’s own bucket', () => {
  const rule = (key: string, who: Caller | undefined, bucket = 'own') =>
    requireReadable({ bucket, key }, { ownBucket: 'own', caller: who });
  const forbidden = { code: 'SOURCE_FORBIDDEN', details: {} };

  it('is readable only for its owner', () => {
    rule('uploads/me/1/a.mp3', caller('me'));
    assert.throws(() => rule('uploads/me/1/a.mp3', caller('you')), forbidden);
    assert.throws(() => rule('uploads/me', caller('me')), forbidden);
    assert.throws(() => rule('a.mp3', caller('me')), forbidden);
  });

  it('is readable for all callers of an open service', () => {
    rule('a.mp3', LOCAL_CALLER);
    rule('a.mp3', undefined);
    assert.throws(() => rule('a.mp3', { ...LOCAL_CALLER, via: 'api_key' }), forbidden);
  });

  it('is the only kind of object with an owner', () => {
    rule('a.mp3', caller('me'), 'shared');
    requireReadable({ bucket: 'own', key: 'a.mp3' }, { ownBucket: undefined, caller: caller('me') });
  });
});

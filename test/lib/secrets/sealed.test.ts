import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#lib/errors.ts';
import { createSecrets, type Place, type SecretsKey } from '#lib/secrets/sealed.ts';

const key = (id: string): SecretsKey => ({ id, key: randomBytes(32) });
const OLD = key('2025');
const NEW = key('2026');
const PLACE: Place = { purpose: 'callbacks.secret', id: '1' };

const place = fc.record({ purpose: fc.string(), id: fc.string() });
const text = fc.string({ unit: 'binary' });

function isWithoutKey(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UNAVAILABLE' && error.details['part'] === 'secrets';
}

describe('a sealed secret', () => {
  it('opens in its place, with any of the keys, and never looks the same twice', () => {
    fc.assert(
      fc.property(text, place, (secret, at) => {
        const sealed = createSecrets([OLD]).seal(secret, at);
        assert.equal(createSecrets([NEW, OLD]).open(sealed, at), secret);
        assert.notEqual(createSecrets([OLD]).seal(secret, at), sealed);
        assert.ok(secret.length < 4 || !sealed.includes(secret));
      }),
    );
  });

  it('does not open in another place', () => {
    fc.assert(
      fc.property(text, place, place, (secret, at, other) => {
        fc.pre(at.purpose !== other.purpose || at.id !== other.id);
        const secrets = createSecrets([OLD]);
        const sealed = secrets.seal(secret, at);
        assert.throws(() => secrets.open(sealed, other), /was not sealed for this place/);
      }),
    );
  });

  it('does not open with another key, nor with the same key under another id', () => {
    const sealed = createSecrets([OLD]).seal('secret', PLACE);
    assert.throws(() => createSecrets([NEW]).open(sealed, PLACE), isWithoutKey);
    const renamed = sealed.replace('.2025.', '.2026.');
    const sameKey = createSecrets([{ ...OLD, id: '2026' }]);
    assert.throws(() => sameKey.open(renamed, PLACE), /was not sealed for this place/);
    const otherKey = createSecrets([{ ...NEW, id: '2025' }]);
    assert.throws(() => otherKey.open(sealed, PLACE), /was not sealed for this place/);
  });

  it('does not open after any change of its bytes', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.integer({ min: 0, max: 7 }), (secret, at, bit) => {
        const secrets = createSecrets([OLD]);
        const [version, id, body = ''] = secrets.seal(secret, PLACE).split('.');
        const bytes = Buffer.from(body, 'base64url');
        const index = at % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
        const changed = [version, id, bytes.toString('base64url')].join('.');
        assert.throws(() => secrets.open(changed, PLACE), /was not sealed for this place/);
      }),
    );
  });

  it('does not open when it is cut, extended or another text', () => {
    const secrets = createSecrets([OLD]);
    const sealed = secrets.seal('a secret', PLACE);
    for (let length = 0; length < sealed.length; length += 1) {
      assert.throws(() => secrets.open(sealed.slice(0, length), PLACE), `${length}`);
    }
    fc.assert(
      fc.property(text, (more) => {
        fc.pre(more !== '');
        assert.throws(() => secrets.open(sealed + more, PLACE));
        assert.throws(() => secrets.open(more, PLACE));
      }),
    );
  });

  it('needs a key', () => {
    const none = createSecrets([]);
    const sealed = createSecrets([OLD]).seal('secret', PLACE);
    assert.throws(() => none.seal('secret', PLACE), isWithoutKey);
    assert.throws(() => none.open(sealed, PLACE), isWithoutKey);
  });

  it('is current when the first key sealed it', () => {
    const sealed = createSecrets([OLD]).seal('secret', PLACE);
    assert.ok(createSecrets([OLD, NEW]).isCurrent(sealed));
    assert.ok(!createSecrets([NEW, OLD]).isCurrent(sealed));
  });
});

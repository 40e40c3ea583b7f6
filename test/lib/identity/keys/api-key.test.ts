import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hashSecret, isSecretOf, newApiKey, parseApiKey, writeApiKey } from '#lib/identity/keys/api-key.ts';

describe('an API key', () => {
  it('is parsed as it was written', () => {
    for (let round = 0; round < 100; round += 1) {
      const key = newApiKey();
      assert.deepEqual(parseApiKey(writeApiKey(key)), key);
    }
  });

  it('has a secret of 256 random bits', () => {
    const secrets = Array.from({ length: 1_000 }, () => newApiKey().secret);
    assert.equal(new Set(secrets).size, secrets.length);
    for (const secret of secrets) assert.equal(Buffer.from(secret, 'base64url').length, 32);
  });

  it('is verified by its secret and by nothing else', () => {
    const { secret } = newApiKey();
    const hash = hashSecret(secret);
    assert.equal(isSecretOf(hash, secret), true);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (guess) => guess === secret || !isSecretOf(hash, guess)));
  });

  it('that does not exist cannot be verified', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (guess) => !isSecretOf(undefined, guess)));
  });

  it('does not parse from other text, and is written as it was parsed', () => {
    const { id, secret } = newApiKey();
    const near = fc
      .array(fc.oneof(fc.constantFrom('ffk', '_', id, secret, '\n', ' '), fc.string({ maxLength: 50 })))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(near, (text) => {
        const parsed = parseApiKey(text);
        return parsed === undefined || writeApiKey(parsed) === text;
      }),
    );
    const key = writeApiKey({ id, secret });
    for (const text of [`${key}\n`, ` ${key}`, key.slice(0, -1), `${key}A`, key.toUpperCase(), `${key}_`]) {
      assert.equal(parseApiKey(text), undefined, text);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KEY_LIMITS, limitsWithin } from '#lib/identity/keys/key-limits.ts';

describe('the limits of a key', () => {
  it('are those of its maker where none are given', () => {
    assert.deepEqual(limitsWithin({ places: 2 }, { places: 3, stored_bytes: 10 }), { places: 2, stored_bytes: 10 });
    assert.deepEqual(limitsWithin({ places: 2 }), { places: 2 });
  });

  it('are never higher than those of its maker', () => {
    for (const name of KEY_LIMITS.keyof().options) {
      assert.deepEqual(limitsWithin({ [name]: 5 }, { [name]: 5 }), { [name]: 5 });
      const field = `limits.${name}`;
      assert.throws(() => limitsWithin({ [name]: 6 }, { [name]: 5 }), {
        code: 'VALIDATION_ERROR',
        message: `${field} must be at most 5, as the key that makes it has`,
      });
    }
  });

  it('are known and positive', () => {
    for (const limits of [{ places: 0 }, { places: 1.5 }, { channels: 1 }, { requests_per_minute: -1 }]) {
      assert.equal(KEY_LIMITS.safeParse(limits).success, false, JSON.stringify(limits));
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#lib/errors.ts';
import { hashSecret, newApiKey, parseApiKey, writeApiKey } from '#lib/identity/keys/api-key.ts';
import { createKeyCheck, type KeySender } from '#lib/identity/keys/key-check.ts';
import type { KeyRecord, KeyStore } from '#lib/identity/keys/key-store.ts';

const ALLOWED: KeySender = { address: 'here', enter: async () => () => undefined };
const FORBIDDEN: KeySender = { address: 'there', enter: () => Promise.reject(new AppError('RATE_LIMITED')) };
const UNAUTHENTICATED = { code: 'UNAUTHENTICATED', details: {} };

/** Returns a store whose results the test can hold back. */
function storeOf(records: Record<string, Partial<KeyRecord>>) {
  let asked = 0;
  let gate: Promise<void> = Promise.resolve();
  let change: (id: string | undefined) => void = () => undefined;
  const store: Pick<KeyStore, 'find' | 'onChange'> = {
    async find(id) {
      asked += 1;
      const found = records[id];
      await gate;
      return found as KeyRecord | undefined;
    },
    onChange(handler) {
      change = handler;
      return () => undefined;
    },
  };
  return {
    store,
    asked: () => asked,
    changed: (id: string | undefined) => change(id),
    /** Holds results back until the returned function is called. */
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

function someKey(changed: Partial<KeyRecord> = {}) {
  const { id, secret } = newApiKey();
  const record = { id, secretHash: hashSecret(secret), name: '', subject: 'ann', scopes: [], expiresAt: null };
  return { text: writeApiKey({ id, secret }), id, record: { ...record, ...changed } };
}

describe('the check of API keys', () => {
  it('queries the store once, and then uses its cache', async () => {
    const { text, id, record } = someKey();
    const { store, asked } = storeOf({ [id]: record });
    const keys = createKeyCheck(store);
    assert.equal((await keys.check(text, ALLOWED)).subject, 'ann');
    assert.equal((await keys.check(text, FORBIDDEN)).subject, 'ann');
    assert.equal(asked(), 1);
  });

  it('queries the store once for parallel requests with the same key', async () => {
    const { text, id, record } = someKey();
    const { store, asked, hold } = storeOf({ [id]: record });
    const release = hold();
    const keys = createKeyCheck(store);
    const elsewhere = { ...ALLOWED, address: 'elsewhere' };
    const checks = Array.from({ length: 50 }, (_, index) => keys.check(text, index % 2 === 0 ? ALLOWED : elsewhere));
    release();
    await Promise.all(checks);
    assert.equal(asked(), 1);
  });

  it('queries only a few keys in parallel, and every key in the end', async () => {
    const { store, asked, hold } = storeOf({});
    const release = hold();
    const keys = createKeyCheck(store);
    const checks = Array.from({ length: 50 }, () =>
      assert.rejects(keys.check(someKey().text, ALLOWED), UNAUTHENTICATED),
    );
    await new Promise(setImmediate);
    assert.equal(asked(), 4);
    release();
    await Promise.all(checks);
    assert.equal(asked(), 50);
  });

  it('does not refuse other senders when one may not look up the key', async () => {
    const { text, id, record } = someKey();
    const keys = createKeyCheck(storeOf({ [id]: record }).store);
    const [refused, served] = await Promise.allSettled([keys.check(text, FORBIDDEN), keys.check(text, ALLOWED)]);
    assert.deepEqual([refused.status, served.status], ['rejected', 'fulfilled']);
  });

  it('gives the same error for an unknown key, a wrong secret and an expired key', async () => {
    const [good, expired, unknown] = [someKey(), someKey({ expiresAt: new Date(Date.now() - 1) }), someKey()];
    const otherSecret = writeApiKey({ id: good.id, secret: parseApiKey(unknown.text)?.secret ?? '' });
    const { store, asked } = storeOf({ [good.id]: good.record, [expired.id]: expired.record });
    const keys = createKeyCheck(store);
    for (const text of [otherSecret, expired.text, unknown.text]) {
      await assert.rejects(keys.check(text, ALLOWED), UNAUTHENTICATED);
    }
    assert.equal(asked(), 3, 'each needs a query');
    for (const text of [otherSecret, unknown.text]) await assert.rejects(keys.check(text, ALLOWED), UNAUTHENTICATED);
    assert.equal(asked(), 3, 'and is then cached');
  });

  it('refuses a cached key once it expires', async (test) => {
    test.mock.timers.enable({ apis: ['Date'], now: 1_000 });
    const { text, id, record } = someKey({ expiresAt: new Date(2_000) });
    const keys = createKeyCheck(storeOf({ [id]: record }).store);
    await keys.check(text, ALLOWED);
    test.mock.timers.setTime(2_000);
    await assert.rejects(keys.check(text, ALLOWED), UNAUTHENTICATED);
  });

  it('drops a changed key from its cache, and all keys when changes may have been missed', async () => {
    const [one, other] = [someKey(), someKey()];
    const records: Record<string, Partial<KeyRecord>> = { [one.id]: one.record, [other.id]: other.record };
    const { store, asked, changed } = storeOf(records);
    const keys = createKeyCheck(store);
    for (const { text } of [one, other]) await keys.check(text, ALLOWED);
    delete records[one.id];
    delete records[other.id];
    changed(one.id);
    await assert.rejects(keys.check(one.text, ALLOWED), UNAUTHENTICATED);
    await keys.check(other.text, ALLOWED);
    changed(undefined);
    await assert.rejects(keys.check(other.text, ALLOWED), UNAUTHENTICATED);
    assert.equal(asked(), 4);
  });

  it('does not cache a result when the key changed during the query', async () => {
    const { text, id, record } = someKey();
    const records: Record<string, Partial<KeyRecord>> = { [id]: record };
    const { store, changed, hold } = storeOf(records);
    const keys = createKeyCheck(store);
    const release = hold();
    const check = keys.check(text, ALLOWED);
    await Promise.resolve();
    delete records[id];
    changed(id);
    release();
    await check;
    await assert.rejects(keys.check(text, ALLOWED), UNAUTHENTICATED);
  });

  it('does not cache that the store was down', async () => {
    const { text, record } = someKey();
    let away = true;
    const keys = createKeyCheck({
      find: async () => {
        if (away) throw new AppError('UNAVAILABLE', { part: 'store' });
        return record as KeyRecord;
      },
      onChange: () => () => undefined,
    });
    await assert.rejects(keys.check(text, ALLOWED), { code: 'UNAVAILABLE' });
    away = false;
    assert.equal((await keys.check(text, ALLOWED)).subject, 'ann');
  });

  it('accepts no key without a store', async () => {
    await assert.rejects(createKeyCheck(undefined).check(someKey().text, ALLOWED), UNAUTHENTICATED);
  });

  it('refuses any other text without a query, always with the same error', async () => {
    const { store, asked } = storeOf({});
    const keys = createKeyCheck(store);
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `ffk_0123456789abcdef_${text}`),
    );
    await fc.assert(fc.asyncProperty(texts, (text) => assert.rejects(keys.check(text, ALLOWED), UNAUTHENTICATED)));
    assert.equal(asked(), 0);
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { hashSecret, newApiKey } from '#lib/identity/keys/api-key.ts';
import type { KeyRecord, KeyStore } from '#lib/identity/keys/key-store.ts';
import { createApiKeys } from '#lib/store/api-keys.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { storeOf } from '../../support/store.ts';

let postgres: Postgres;

before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

/** Returns the keys of a database without keys. */
async function emptyKeys(test: TestContext): Promise<KeyStore> {
  const store = storeOf(test, postgres.url);
  await store.database.run((db) => db.deleteFrom('api_keys').execute());
  return createApiKeys(store);
}

async function insert(keys: KeyStore, changed: Partial<KeyRecord> = {}): Promise<KeyRecord> {
  const record = await tryInsert(keys, changed);
  assert.ok(record);
  return record;
}

function tryInsert(keys: KeyStore, changed: Partial<KeyRecord> = {}): Promise<KeyRecord | undefined> {
  const { id, secret } = newApiKey();
  const wanted = {
    id,
    secretHash: hashSecret(secret),
    name: 'test',
    subject: 'ann',
    scopes: [],
    limits: { places: 7 },
  };
  return keys.insert({ ...wanted, expiresAt: null, madeBy: null, ...changed });
}

describe('the API keys of the database', () => {
  it('are found by their id, as they were created', async (test) => {
    const keys = await emptyKeys(test);
    const expiresAt = new Date(Date.now() + 60_000);
    const { secret, id } = newApiKey();
    const made = await insert(keys, { id, secretHash: hashSecret(secret), scopes: ['transcode', 'admin'], expiresAt });
    assert.deepEqual(await keys.find(id), made);
    assert.deepEqual(made.scopes, ['transcode', 'admin']);
    assert.deepEqual(made.expiresAt, expiresAt);
    assert.deepEqual(Buffer.from(made.secretHash), hashSecret(secret));
    assert.ok(Math.abs(made.createdAt.getTime() - Date.now()) < 60_000);
    assert.equal(await keys.find('0000000000000000'), undefined);
  });

  it('can be revoked once, and are then not found', async (test) => {
    const keys = await emptyKeys(test);
    const { id } = await insert(keys);
    assert.equal(await keys.revoke(id), true);
    assert.equal(await keys.revoke(id), false);
    assert.equal(await keys.revoke('0000000000000000'), false);
    assert.equal(await keys.find(id), undefined);
    assert.deepEqual(await keys.list({ limit: 10, cursor: undefined }), { keys: [], nextCursor: null });
  });

  it('are listed newest first, on pages without duplicates', async (test) => {
    const keys = await emptyKeys(test);
    const made: string[] = [];
    for (let index = 0; index < 7; index += 1) made.unshift((await insert(keys)).id);
    await keys.revoke(made.splice(2, 1)[0] ?? '');
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await keys.list({ limit: 2, cursor });
      assert.ok(page.keys.length <= 2);
      listed.push(...page.keys.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(listed, made);
  });

  it('are usable until they expire or are revoked', async (test) => {
    const keys = await emptyKeys(test);
    assert.equal(await keys.hasUsable(), false);
    await insert(keys, { expiresAt: new Date(Date.now() - 1_000) });
    assert.equal(await keys.hasUsable(), false);
    const { id } = await insert(keys, { expiresAt: new Date(Date.now() + 60_000) });
    assert.equal(await keys.hasUsable(), true);
    await keys.revoke(id);
    assert.equal(await keys.hasUsable(), false);
  });

  it('end with the key that made them, and so on', async (test) => {
    const keys = await emptyKeys(test);
    const root = await insert(keys);
    const made = [await insert(keys, { madeBy: root.id }), await insert(keys, { madeBy: root.id })];
    const grandchild = await insert(keys, { madeBy: made[0]?.id ?? '' });
    const other = await insert(keys);
    const all = [root, ...made, grandchild, other].map(({ id }) => id);
    assert.deepEqual(new Set(await keys.usable(all)), new Set(all));
    assert.equal((await keys.find(grandchild.id))?.madeBy, made[0]?.id);
    assert.equal(await keys.revoke(root.id), true);
    assert.deepEqual(await keys.usable(all), [other.id]);
    assert.equal(await keys.find(grandchild.id), undefined);
  });

  it('cannot be made by a key that has ended', async (test) => {
    const keys = await emptyKeys(test);
    const expired = await insert(keys, { expiresAt: new Date(Date.now() - 1_000) });
    const revoked = await insert(keys);
    await keys.revoke(revoked.id);
    for (const madeBy of [expired.id, revoked.id, '0000000000000000']) {
      assert.equal(await tryInsert(keys, { madeBy }), undefined);
    }
  });

  it('never outlive a key that is revoked while it makes them', async (test) => {
    const keys = await emptyKeys(test);
    const elsewhere = createApiKeys(storeOf(test, postgres.url));
    for (let round = 0; round < 10; round += 1) {
      const maker = await insert(keys);
      const making = Array.from({ length: 4 }, () => tryInsert(elsewhere, { madeBy: maker.id }));
      await keys.revoke(maker.id);
      const made = (await Promise.all(making)).flatMap((record) => record?.id ?? []);
      assert.deepEqual(await keys.usable([maker.id, ...made]), []);
    }
  });

  it('notify every instance of a created or revoked key', async (test) => {
    const keys = await emptyKeys(test);
    const elsewhere = createApiKeys(storeOf(test, postgres.url));
    const heard: (string | undefined)[] = [];
    test.after(elsewhere.onChange((id) => void heard.push(id)));
    await eventually(() => assert.deepEqual(heard, [undefined], 'it listens'));
    const { id } = await insert(keys);
    await keys.revoke(id);
    await eventually(() => assert.deepEqual(heard, [undefined, id, id]));
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { createSecrets } from '#lib/secrets/sealed.ts';
import { deleteExpiredSecrets } from '#lib/store/callbacks/retention.ts';
import { rotateSecrets, SEALED_COLUMNS } from '#lib/store/sealed-columns.ts';
import { emptyDatabase } from '../../support/empty-database.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { type Courier, caller, courierOf, KEY } from './support/courier.ts';
import { type Received, startReceiver } from './support/receiver.ts';

const DAY_MS = 86_400_000;

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

function isSignedWith(secret: string, { body, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

/** Lets the time of all secrets pass. */
function age({ store }: Courier, hours: number) {
  return store.database.run((db) =>
    sql`update callback_secrets set expires_at = expires_at - make_interval(hours => ${hours})`.execute(db),
  );
}

describe('the secret of an owner', () => {
  it('is made once, however many requests come first, and is another owner’s own', async (test) => {
    const { callbacks } = courierOf(test, { url: await emptyDatabase(postgres.url) });
    const all = await Promise.all(Array.from({ length: 8 }, () => callbacks.secret(caller())));
    const [first] = all;
    assert.equal(new Set(all.map(({ secret }) => secret)).size, 1);
    assert.match(first?.secret ?? '', /^whsec_/);
    assert.equal(first?.previous_valid_until, null);
    assert.notEqual((await callbacks.secret(caller('bob'))).secret, first?.secret);
  });

  it('signs for 24 hours after its rotation, together with the new one', async (test) => {
    await using receiver = await startReceiver();
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    const { callbacks } = courier;
    const receive = async () => {
      const count = receiver.received.length;
      await callbacks.test(caller(), receiver.url);
      return receiver.received[count] ?? assert.fail('nothing was received');
    };
    const { secret: old } = await callbacks.secret(caller());
    const { secret: current, previous_valid_until: until } = await callbacks.rotateSecret(caller());
    assert.notEqual(current, old);
    assert.ok(Math.abs(Date.parse(until ?? '') - Date.now() - DAY_MS) < 60_000);
    const both = await receive();
    assert.deepEqual([isSignedWith(old, both), isSignedWith(current, both)], [true, true]);
    await age(courier, 23);
    assert.equal(isSignedWith(old, await receive()), true);
    await age(courier, 1);
    const later = await receive();
    assert.deepEqual([isSignedWith(old, later), isSignedWith(current, later)], [false, true]);
    assert.deepEqual(await callbacks.secret(caller()), {
      ...(await callbacks.secret(caller())),
      secret: current,
      previous_valid_until: null,
    });
    assert.equal(await courier.store.database.run(deleteExpiredSecrets), 1);
  });

  it('has at most four before it, of which a further rotation ends the oldest', async (test) => {
    const { callbacks, secrets } = courierOf(test, { url: await emptyDatabase(postgres.url) });
    const made = [(await callbacks.secret(caller())).secret];
    for (let turn = 0; turn < 6; turn += 1) made.push((await callbacks.rotateSecret(caller())).secret);
    assert.deepEqual(await secrets.signing('ann'), made.toReversed().slice(0, 5));
  });

  it('is the same for rotations at the same time', async (test) => {
    const { callbacks, secrets } = courierOf(test, { url: await emptyDatabase(postgres.url) });
    await callbacks.secret(caller());
    const rotated = await Promise.all(Array.from({ length: 4 }, () => callbacks.rotateSecret(caller())));
    const [current] = await secrets.signing('ann');
    assert.ok(rotated.some(({ secret }) => secret === current));
    assert.equal((await callbacks.secret(caller())).secret, current);
  });

  it('is sealed in the database, and can be sealed again with a new key', async (test) => {
    const url = await emptyDatabase(postgres.url);
    const courier = courierOf(test, { url });
    const { secret } = await courier.callbacks.secret(caller());
    const { database } = courier.store;
    const rows = await database.run((db) => db.selectFrom('callback_secrets').selectAll().execute());
    assert.doesNotMatch(JSON.stringify(rows), /whsec_/);
    assert.ok(!JSON.stringify(rows).includes(secret.slice(6)));
    const next = { id: 'next', key: Buffer.alloc(32, 8) };
    const [result] = await rotateSecrets(database, { secrets: createSecrets([next, KEY]), columns: SEALED_COLUMNS });
    assert.partialDeepStrictEqual(result, { name: 'callback_secrets.sealed', resealed: 1, unreadable: [] });
    const after = courierOf(test, { url, keys: [next] });
    assert.equal((await after.callbacks.secret(caller())).secret, secret);
  });

  it('is unavailable without a key, or without the key that sealed it', async (test) => {
    const url = await emptyDatabase(postgres.url);
    const without = courierOf(test, { url, keys: [] });
    const refused = { code: 'UNAVAILABLE', details: { part: 'secrets' } };
    await assert.rejects(without.callbacks.secret(caller()), refused);
    await assert.rejects(without.callbacks.rotateSecret(caller()), refused);
    await assert.rejects(without.callbacks.test(caller(), 'https://hooks.example/'), refused);
    await assert.rejects(without.callbacks.check('https://hooks.example/', 'callback_url', caller()), refused);
    await courierOf(test, { url }).callbacks.secret(caller());
    await assert.rejects(without.callbacks.secret(caller()), refused);
  });

  it('can be replaced when the key of the old one is lost', async (test) => {
    await using receiver = await startReceiver();
    const url = await emptyDatabase(postgres.url);
    await courierOf(test, { url }).callbacks.secret(caller());
    const keys = [{ id: 'next', key: Buffer.alloc(32, 8) }];
    const courier = courierOf(test, { url, keys, networks: [receiver.network] });
    const { secret } = await courier.callbacks.rotateSecret(caller());
    courier.work();
    await courier.enqueue({ url: receiver.url });
    await eventually(() => assert.equal(receiver.received.length, 1));
    const [received] = receiver.received;
    assert.ok(received !== undefined && isSignedWith(secret, received));
    assert.doesNotMatch(String(received.headers['webhook-signature']), / /);
  });
});

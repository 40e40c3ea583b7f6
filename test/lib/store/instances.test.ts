import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { type Database, openDatabase } from '#lib/store/database.ts';
import { beat, forgetGone, living, markEnded } from '#lib/store/instances.ts';
import { startPostgres } from '../../support/postgres.ts';

const cleanUp = new AsyncDisposableStack();
let database: Database;

before(async () => {
  const { url } = cleanUp.use(await startPostgres());
  database = openDatabase({ url, maxConnections: 3, connectTimeoutMs: 5_000, queryTimeoutMs: 5_000 });
  cleanUp.defer(() => database.close());
});
after(() => cleanUp.disposeAsync());

const instance = () => ({ id: uuid(), name: 'host-1' });

const isLiving = async (id: string, staleSeconds = 15) =>
  (await database.run((db) => living(db, staleSeconds).where('id', '=', id).execute())).length === 1;

/** Makes the instance look silent for `seconds`. */
async function silence(id: string, seconds: number): Promise<void> {
  const seen_at = sql<Date>`now() - make_interval(secs => ${seconds})`;
  await database.run((db) => db.updateTable('instances').set({ seen_at }).where('id', '=', id).execute());
}

describe('an instance', () => {
  it('is alive from its first beat until it has been silent for too long', async () => {
    const one = instance();
    assert.equal(await isLiving(one.id), false);
    await database.run((db) => beat(db, one));
    assert.equal(await isLiving(one.id), true);
    await silence(one.id, 20);
    assert.equal(await isLiving(one.id), false);
    assert.equal(await isLiving(one.id, 30), true);
    await database.run((db) => beat(db, one));
    assert.equal(await isLiving(one.id), true);
  });

  it('has its machine id, if there is one', async () => {
    const machineId = uuid();
    const [one, other] = [{ ...instance(), machineId }, instance()];
    for (const each of [one, other]) await database.run((db) => beat(db, each));
    const rows = await database.run((db) =>
      db.selectFrom('instances').select(['id', 'machine_id']).where('id', 'in', [one.id, other.id]).execute(),
    );
    const machines = new Map(rows.map(({ id, machine_id }) => [id, machine_id]));
    assert.equal(machines.get(one.id), machineId);
    assert.equal(machines.get(other.id), null);
  });

  it('is not alive once it has ended, and is alive when it beats again', async () => {
    const one = instance();
    await database.run((db) => beat(db, one));
    await database.run((db) => markEnded(db, one));
    assert.equal(await isLiving(one.id), false);
    await database.run((db) => beat(db, one));
    assert.equal(await isLiving(one.id), true);
  });

  it('beats in one transaction with other writes, or not at all', async () => {
    const one = instance();
    await assert.rejects(
      database.run((db) =>
        db.transaction().execute(async (transaction) => {
          await beat(transaction, one);
          throw new Error('rolled back');
        }),
      ),
      /rolled back/,
    );
    assert.equal(await isLiving(one.id), false);
  });

  it('receives the time of the database', async () => {
    const [first, second] = [await database.run((db) => beat(db, instance())), new Date()];
    assert.ok(Math.abs(first.getTime() - second.getTime()) < 5_000);
  });

  it('is deleted after a long silence', async () => {
    const [kept, forgotten] = [instance(), instance()];
    for (const one of [kept, forgotten]) await database.run((db) => beat(db, one));
    await silence(forgotten.id, 100);
    await database.run((db) => forgetGone(db, 90));
    const ids = await database.run((db) => db.selectFrom('instances').select('id').execute());
    assert.ok(ids.some(({ id }) => id === kept.id));
    assert.ok(!ids.some(({ id }) => id === forgotten.id));
  });
});

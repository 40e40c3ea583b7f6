import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import type { ClaimOptions } from '#lib/callbacks/queue.ts';
import { enqueueCallback } from '#lib/store/callbacks/enqueue.ts';
import { createCallbackQueue } from '#lib/store/callbacks/queue.ts';
import { createCallbackRecords, removeCallbacks } from '#lib/store/callbacks/records.ts';
import { deleteCallbacksEndedBefore } from '#lib/store/callbacks/retention.ts';
import { emptyDatabase } from '../../../support/empty-database.ts';
import { type Postgres, startPostgres } from '../../../support/postgres.ts';
import { storeOf } from '../../../support/store.ts';

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

const URL = 'https://hooks.example/';
const DELIVERED = { result: { kind: 'response', status: 204 }, startedAt: new Date(), ms: 1 } as const;

async function start(test: TestContext) {
  const { database } = storeOf(test, await emptyDatabase(postgres.url));
  const queue = createCallbackQueue(database);
  const worker = randomUUID();
  const add = (owner: string, subjectId: string = randomUUID()) =>
    database.run((db) => enqueueCallback(db, { owner, subjectId, event: 'job.completed', data: {}, url: URL }));
  return {
    database,
    queue,
    worker,
    add,
    /** Adds many at once. */
    addMany: (count: number, owners: number) =>
      database.run((db) =>
        sql`insert into callbacks (id, owner, subject_id, event, url, body, status, due_at)
          select gen_random_uuid(), 'owner ' || n % ${owners}, gen_random_uuid(), 'job.completed', ${URL}, '{}',
            'pending', now() from generate_series(1, ${count}::integer) as n`.execute(db),
      ),
    claim: (options: Partial<ClaimOptions> = {}) =>
      queue.claim({ worker, limit: 100, furtherLimit: 100, perOwner: 4, leaseMs: 60_000, ...options }),
    statusOf: async (id: string) =>
      await database.run((db) =>
        db.selectFrom('callbacks').select(['status', 'attempts', 'claimed_by']).where('id', '=', id).executeTakeFirst(),
      ),
  };
}

describe('the queue of callbacks', () => {
  it('gives each owner a turn, however many callbacks another has', async (test) => {
    const { add, claim } = await start(test);
    for (let turn = 0; turn < 6; turn += 1) await add('ann');
    await add('bob');
    await add('eve');
    const { claimed } = await claim({ limit: 4 });
    assert.deepEqual(claimed.map(({ owner }) => owner).toSorted(), ['ann', 'ann', 'bob', 'eve']);
  });

  it('keeps places for owners that have no attempt running', async (test) => {
    const { add, claim } = await start(test);
    for (let turn = 0; turn < 3; turn += 1) for (const owner of ['ann', 'bob']) await add(owner);
    const first = await claim({ limit: 6, furtherLimit: 3 });
    assert.deepEqual(
      first.claimed
        .map(({ owner }) => owner)
        .toSorted()
        .slice(0, 1),
      ['ann'],
    );
    assert.equal(first.claimed.length, 3);
    await add('eve');
    const { claimed } = await claim({ limit: 3, furtherLimit: 0 });
    assert.deepEqual(
      claimed.map(({ owner }) => owner),
      ['eve'],
    );
  });

  it('limits the attempts of one owner over all workers', async (test) => {
    const { add, claim, queue, worker } = await start(test);
    for (let turn = 0; turn < 6; turn += 1) await add('ann');
    const { claimed } = await claim({ perOwner: 2 });
    assert.equal(claimed.length, 2);
    assert.deepEqual((await claim({ perOwner: 2, worker: randomUUID() })).claimed, []);
    await queue.settle({ ...DELIVERED, id: claimed[0]?.id ?? '', worker, status: 'delivered' });
    assert.equal((await claim({ perOwner: 2, worker: randomUUID() })).claimed.length, 1);
  });

  it('gives each callback to one of many workers', async (test) => {
    const { addMany, claim } = await start(test);
    await addMany(200, 50);
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim({ worker: randomUUID(), limit: 30 })));
    const ids = claims.flatMap(({ claimed }) => claimed.map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length >= 30);
  });

  it('gives a callback to another worker when the lease ends, and then ignores the first', async (test) => {
    const { add, claim, queue, worker, statusOf } = await start(test);
    const id = await add('ann');
    await claim({ leaseMs: 1 });
    const other = randomUUID();
    const { claimed } = await claim({ worker: other });
    assert.deepEqual(
      claimed.map((callback) => callback.id),
      [id],
    );
    await queue.settle({ ...DELIVERED, id, worker, status: 'delivered' });
    await queue.release({ id, worker, delayMs: 0 });
    assert.deepEqual(await statusOf(id), { status: 'pending', attempts: 0, claimed_by: other });
    await queue.settle({ ...DELIVERED, id, worker: other, status: 'delivered' });
    assert.deepEqual(await statusOf(id), { status: 'delivered', attempts: 1, claimed_by: null });
  });

  it('says when the next attempt is due', async (test) => {
    const { add, claim, queue, worker } = await start(test);
    assert.deepEqual(await claim(), { claimed: [], nextInMs: undefined });
    const id = await add('ann');
    await claim();
    await queue.settle({ ...DELIVERED, id, worker, status: 'pending', delayMs: 5_000 });
    const { claimed, nextInMs = 0 } = await claim();
    assert.deepEqual(claimed, []);
    assert.ok(nextInMs > 3_000 && nextInMs <= 5_000, `${nextInMs} ms`);
  });

  it('drops what is too much for one owner, but not what others add', async (test) => {
    const { addMany, add, statusOf, claim, database } = await start(test);
    await addMany(1_000, 1);
    const dropped = await add('owner 0');
    const kept = await add('bob');
    assert.equal((await statusOf(dropped))?.status, 'dropped');
    assert.equal((await statusOf(kept))?.status, 'pending');
    const replay = (id: string) =>
      database
        .run((db) => db.selectFrom('callbacks').select('subject_id').where('id', '=', id).executeTakeFirstOrThrow())
        .then(({ subject_id: subjectId }) =>
          createCallbackRecords(database).replay({ owner: 'owner 0', subjectId, event: id }),
        );
    assert.equal(await replay(dropped), 'owner_full');
    await database.run((db) =>
      db
        .updateTable('callbacks')
        .set({ ended_at: new Date() })
        .where('status', '=', 'pending')
        .where('owner', '=', 'owner 0')
        .execute(),
    );
    await replay(dropped);
    assert.equal(
      (await claim()).claimed.some(({ id }) => id === dropped),
      true,
    );
  });

  it('drops everything when it is full', async (test) => {
    const { addMany, add, statusOf } = await start(test);
    await addMany(10_000, 500);
    assert.equal((await statusOf(await add('bob')))?.status, 'dropped');
  });

  it('is claimed from in little time when it is full, by many owners', async (test) => {
    const { addMany, claim } = await start(test);
    await addMany(10_000, 2_000);
    await claim({ limit: 1 });
    const startedAt = performance.now();
    const { claimed } = await claim({ limit: 40 });
    const ms = performance.now() - startedAt;
    assert.equal(new Set(claimed.map(({ owner }) => owner)).size, 40);
    test.diagnostic(`${Math.round(ms)} ms`);
    assert.ok(ms < 1_000, `${ms} ms`);
  });

  it('keeps the last 50 attempts of a callback', async (test) => {
    const { add, claim, queue, worker, database } = await start(test);
    const subjectId = randomUUID();
    const id = await add('ann', subjectId);
    for (let turn = 0; turn < 52; turn += 1) {
      await claim();
      await queue.settle({ ...DELIVERED, ms: turn, id, worker, status: 'pending', delayMs: 0 });
    }
    const [record] = await createCallbackRecords(database).list({ owner: 'ann', subjectId });
    assert.deepEqual([record?.attempts.length, record?.attempts[0]?.ms, record?.attempts.at(-1)?.ms], [50, 2, 51]);
  });

  it('loses the callbacks of a subject that is deleted, and those that ended long ago', async (test) => {
    const { add, claim, queue, worker, database, statusOf } = await start(test);
    const [deleted, kept] = [randomUUID(), randomUUID()];
    const [first, old, waiting] = [await add('ann', deleted), await add('ann', kept), await add('bob', kept)];
    await claim();
    for (const id of [first, old]) await queue.settle({ ...DELIVERED, id, worker, status: 'delivered' });
    await database.run((db) => removeCallbacks(db, deleted));
    assert.equal(await statusOf(first), undefined);
    const deleteBefore = (time: number) => database.run((db) => deleteCallbacksEndedBefore(db, new Date(time), 1));
    assert.equal(await deleteBefore(Date.now() - 60_000), 0);
    assert.equal(await deleteBefore(Date.now() + 60_000), 1);
    assert.deepEqual([await statusOf(old), (await statusOf(waiting))?.status], [undefined, 'pending']);
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createSharedCounts } from '#lib/store/rate-limits.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { storeOf } from '../../support/store.ts';

let postgres: Postgres;

before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

describe('the counts that instances share', () => {
  it('are added per key, each within its own window', async (test) => {
    const one = createSharedCounts(storeOf(test, postgres.url).database);
    const other = createSharedCounts(storeOf(test, postgres.url).database);
    await one.add([{ key: 'a', points: 3 }], 60_000);
    const totals = await other.add(
      [
        { key: 'b', points: 1 },
        { key: 'a', points: 4 },
      ],
      60_000,
    );
    const points = Object.fromEntries(totals.map((total) => [total.key, total.points]));
    assert.deepEqual(points, { a: 7, b: 1 });
    for (const { resetMs } of totals) assert.ok(resetMs > 50_000 && resetMs <= 60_000, String(resetMs));
  });

  it('restart when their window is over, and are deleted', async (test) => {
    const { database } = storeOf(test, postgres.url);
    const counts = createSharedCounts(database);
    await counts.add([{ key: 'short', points: 5 }], 1);
    await eventually(async () => {
      const [total] = await counts.add([{ key: 'short', points: 1 }], 1);
      assert.equal(total?.points, 1);
    });
    await eventually(async () => {
      await counts.forgetExpired();
      const rows = await database.run((db) => db.selectFrom('rate_limits').select('key').execute());
      assert.ok(!rows.some(({ key }) => key === 'short'));
    });
  });

  it('accept many keys from many instances in parallel, in any order', async (test) => {
    const keys = Array.from({ length: 300 }, (_, index) => ({ key: `many ${index}`, points: 1 }));
    const instances = Array.from({ length: 4 }, () => createSharedCounts(storeOf(test, postgres.url).database));
    const adds = instances.flatMap((counts) => [counts.add(keys, 60_000), counts.add(keys.toReversed(), 60_000)]);
    await Promise.all(adds);
    for (const { points } of (await instances[0]?.add(keys, 60_000)) ?? []) assert.equal(points, 9);
  });

  it('never overflow', async (test) => {
    const counts = createSharedCounts(storeOf(test, postgres.url).database);
    await counts.add([{ key: 'large', points: 2_147_483_647 }], 60_000);
    const [total] = await counts.add([{ key: 'large', points: 5 }], 60_000);
    assert.equal(total?.points, 2_147_483_647);
  });
});

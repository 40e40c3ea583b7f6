import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { beat } from '#lib/store/instances.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { storeOf } from '../../support/store.ts';

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

const INSTANCE = { id: '0199f1a2-7c3d-7e11-8a55-0123456789ab', name: 'test' };

it('a process that is frozen in a transaction does not keep its locks', async (t) => {
  const [frozen, other] = [storeOf(t, postgres.url), storeOf(t, postgres.url)];
  const thawed = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const writing = frozen.database.run((db) =>
    db.transaction().execute(async (transaction) => {
      await beat(transaction, INSTANCE);
      locked.resolve();
      await thawed.promise;
      await beat(transaction, INSTANCE);
    }),
  );
  await Promise.race([locked.promise, writing]);
  await other.database.run((db) => beat(db, INSTANCE));
  thawed.resolve();
  await assert.rejects(writing, { code: 'UNAVAILABLE' });
  await frozen.database.run((db) => beat(db, INSTANCE));
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { openDatabase } from '#lib/store/database.ts';
import { migrate } from '#lib/store/migrate.ts';
import { dataModelPage, PAGE } from '../../../local/data-model/page.ts';
import { emptyDatabase } from '../../support/empty-database.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';

const MIGRATIONS = readdirSync(new URL('../../../lib/store/migrations/', import.meta.url))
  .map((file) => file.replace(/\.ts$/, ''))
  .toSorted();

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

test('parallel migrations run once, in order', async (t) => {
  const url = await emptyDatabase(postgres.url);
  const options = { url, maxConnections: 1, connectTimeoutMs: 10_000, queryTimeoutMs: 10_000 };
  const databases = Array.from({ length: 8 }, () => openDatabase(options));
  const applied = await Promise.all(
    databases.map((database) =>
      database.run((db) =>
        sql<{ name: string }>`SELECT name FROM kysely_migration ORDER BY timestamp, name`.execute(db),
      ),
    ),
  );
  for (const { rows } of applied) {
    assert.deepEqual(
      rows.map(({ name }) => name),
      MIGRATIONS,
    );
  }
  await t.test('and docs/reference/data-model.md describes the tables', async () => {
    const page = await databases[0]?.run(dataModelPage);
    assert.equal(readFileSync(PAGE, 'utf8'), page, 'the page is out of date: run npm run build:data-model');
  });
  await Promise.all(databases.map((database) => database.close()));
});

test('a failed migration leaves no partial changes, and is retried', async () => {
  const url = await emptyDatabase(postgres.url);
  const client = new pg.Client(url);
  await client.connect();
  // A table with the name of the last one makes the migration fail.
  await client.query('CREATE TABLE rate_limits (in_the_way int)');
  const database = openDatabase({
    url,
    maxConnections: 1,
    connectTimeoutMs: 5_000,
    queryTimeoutMs: 5_000,
  });
  const ask = () => database.run((db) => db.selectFrom('instances').select('id').execute());
  await assert.rejects(ask(), { code: '42P07' });
  const { rows } = await client.query(`SELECT tablename FROM pg_tables WHERE tablename = 'instances'`);
  assert.deepEqual(rows, []);
  await client.query('DROP TABLE rate_limits');
  assert.deepEqual(await ask(), []);
  await database.close();
  await client.end();
});

test('a migrated database is not changed', async () => {
  const url = await emptyDatabase(postgres.url);
  const database = openDatabase({
    url,
    maxConnections: 1,
    connectTimeoutMs: 5_000,
    queryTimeoutMs: 5_000,
  });
  const kept = { key: 'kept', points: 1, expire: null };
  await database.run((db) => db.insertInto('rate_limits').values(kept).execute());
  await database.run(migrate);
  assert.deepEqual(await database.run((db) => db.selectFrom('rate_limits').selectAll().execute()), [kept]);
  await database.close();
});

test('a database that a later release migrated can be used', async () => {
  const url = await emptyDatabase(postgres.url);
  const options = { url, maxConnections: 1, connectTimeoutMs: 5_000, queryTimeoutMs: 5_000 };
  const later = openDatabase(options);
  await later.run((db) =>
    sql`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', '9999')`.execute(db),
  );
  await later.close();
  const database = openDatabase(options);
  await database.run((db) => db.selectFrom('transcodes').selectAll().execute());
  await database.close();
});

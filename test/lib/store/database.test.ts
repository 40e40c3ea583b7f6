import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import pg from 'pg';
import { AppError } from '#lib/errors.ts';
import { type Database, openDatabase } from '#lib/store/database.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';

const SHORT_LIFE = fileURLToPath(new URL('fixtures/short-life.ts', import.meta.url));
/** The id of kysely's advisory lock. */
const MIGRATION_LOCK = '3853314791062309107';

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

function open({ url = postgres.url, maxConnections = 2, connectTimeoutMs = 1_000, queryTimeoutMs = 1_000 } = {}) {
  const database = openDatabase({ url, maxConnections, connectTimeoutMs, queryTimeoutMs });
  return { ...database, [Symbol.asyncDispose]: database.close };
}

async function one(database: Database, timeoutMs?: number): Promise<number> {
  const options = timeoutMs === undefined ? {} : { timeoutMs };
  const { rows } = await database.run((db) => sql<{ one: number }>`SELECT 1 AS one`.execute(db), options);
  return rows[0]?.one ?? Number.NaN;
}

function sleep(database: Database, seconds: number): Promise<unknown> {
  return database.run((db) => sql`SELECT pg_sleep(${seconds})`.execute(db));
}

/** Fails unless the promise rejects with UNAVAILABLE within `withinMs`. */
async function assertUnavailable(answer: Promise<unknown>, withinMs: number): Promise<void> {
  const startedAt = performance.now();
  await assert.rejects(answer, (error) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'UNAVAILABLE', String(error.cause));
    assert.equal(error.details['part'], 'store');
    return true;
  });
  const took = performance.now() - startedAt;
  assert.ok(took < withinMs, `it took ${took} ms`);
}

describe('a database that fails', () => {
  it('is UNAVAILABLE while it is down, and is used again when it is back', async () => {
    await using database = open();
    await postgres.kill();
    await assertUnavailable(one(database), 2_000);
    await postgres.start();
    assert.equal(await one(database), 1);
    await postgres.kill();
    await assertUnavailable(one(database), 2_000);
    await postgres.start();
    assert.equal(await one(database), 1);
  });

  it('ends the queries that run when it is killed', async () => {
    await using database = open({ queryTimeoutMs: 30_000 });
    await one(database);
    const asleep = assertUnavailable(sleep(database, 20), 5_000);
    await postgres.kill();
    await asleep;
    await postgres.start();
    assert.equal(await one(database), 1);
  });

  it('ends a transaction that is idle when it is killed', async () => {
    await using database = open();
    await one(database);
    const answer = database.run((db) =>
      db.transaction().execute(async (transaction) => {
        await sql`SELECT 1`.execute(transaction);
        await postgres.kill();
        await sql`SELECT 1`.execute(transaction);
      }),
    );
    await assertUnavailable(answer, 5_000);
    await postgres.start();
    assert.equal(await one(database), 1);
  });

  it('is UNAVAILABLE within the timeout while it is frozen, and is used again afterwards', async () => {
    await using database = open();
    await one(database);
    postgres.freeze();
    await assertUnavailable(one(database, 200), 900);
    await assertUnavailable(one(database), 3_000);
    // No connection is open any more.
    await assertUnavailable(one(database), 4_000);
    postgres.thaw();
    assert.equal(await eventually(() => one(database)), 1);
  });

  it('is UNAVAILABLE while it is read-only, like a former primary', async () => {
    await using database = open();
    const answer = database.run((db) =>
      db
        .transaction()
        .setAccessMode('read only')
        .execute((transaction) => sql`UPDATE instances SET name = name`.execute(transaction)),
    );
    await assertUnavailable(answer, 2_000);
    assert.equal(await one(database), 1);
  });

  it('delays neither the first query nor the close while it is frozen', async () => {
    const database = open();
    postgres.freeze();
    await assertUnavailable(one(database), 4_000);
    const startedAt = performance.now();
    await database.close();
    assert.ok(performance.now() - startedAt < 4_000);
    postgres.thaw();
    await assertUnavailable(one(database), 900);
  });
});

it('closing the database waits only a moment for a running query', async () => {
  await using database = open({ queryTimeoutMs: 30_000 });
  await one(database);
  const asleep = assertUnavailable(sleep(database, 20), 4_000);
  await using other = open();
  const text = `SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'`;
  await eventually(async () => {
    const { rows } = await other.run((db) => sql.raw(text).execute(db));
    assert.equal(rows.length, 1);
  });
  await database.close();
  await asleep;
});

describe('a late response', () => {
  it('does not delay the next query', async () => {
    await using database = open({ maxConnections: 1, queryTimeoutMs: 300 });
    await one(database);
    await assertUnavailable(sleep(database, 5), 600);
    assert.equal(await one(database), 1);
  });

  it('leaves no transaction open', async () => {
    await using database = open({ maxConnections: 1, queryTimeoutMs: 300 });
    const insert = `INSERT INTO rate_limits (key, points) VALUES ('late', 1)`;
    const answer = database.run((db) =>
      db.transaction().execute(async (transaction) => {
        await sql.raw(insert).execute(transaction);
        await sql`SELECT pg_sleep(2)`.execute(transaction);
      }),
    );
    await assertUnavailable(answer, 550);
    // The next query is committed, and is not part of the first transaction.
    await database.run((db) => sql`INSERT INTO rate_limits (key, points) VALUES ('next', 1)`.execute(db));
    await using other = open();
    const rows = await other.run((db) => db.selectFrom('rate_limits').select('key').execute());
    assert.deepEqual(rows, [{ key: 'next' }]);
  });

  it('of the migrations fails a query with a timeout, which is not run later', async () => {
    await query(postgres.url, 'CREATE DATABASE not_migrated');
    const url = new URL('/not_migrated', postgres.url).href;
    const holder = new pg.Client(url);
    await holder.connect();
    await holder.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await using database = open({ url });
    let asked = 0;
    const ask = async () => {
      asked += 1;
    };
    await assertUnavailable(database.run(ask, { timeoutMs: 200 }), 500);
    await holder.query(`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`);
    await database.run(ask);
    await delay(0);
    assert.equal(asked, 1);
    // No migrations are pending, so the lock does not block.
    await holder.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await using another = open({ url });
    assert.equal(await one(another), 1);
    await holder.end();
  });
});

describe('a query that is wrong', () => {
  for (const [what, text, state] of [
    ['does not parse', 'SELEC 1', '42601'],
    ['is cancelled by the server', `SET LOCAL statement_timeout = 50; SELECT pg_sleep(5)`, '57014'],
    ['reports that something terminated', `DO $$ BEGIN RAISE 'Connection terminated: timeout'; END $$`, 'P0001'],
  ] as const) {
    it(`fails with its own error when it ${what}`, async () => {
      await using database = open();
      await assert.rejects(
        database.run((db) => sql.raw(text).execute(db)),
        { code: state },
      );
      assert.equal(await one(database), 1);
    });
  }
});

for (const [what, args] of [
  ['has closed the database', ['close']],
  ['has only used it', []],
] as const) {
  it(`a process that ${what} exits`, async () => {
    const child = spawn(process.execPath, [SHORT_LIFE, postgres.url, ...args], { stdio: 'inherit' });
    assert.deepEqual(await once(child, 'exit', { signal: AbortSignal.timeout(10_000) }), [0, null]);
  });
}

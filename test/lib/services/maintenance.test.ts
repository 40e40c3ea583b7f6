import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import type { Chores } from '#lib/jobs/chores.ts';
import { createLog } from '#lib/log.ts';
import { createMaintenance } from '#lib/services/maintenance.ts';
import type { Database } from '#lib/store/database.ts';
import { beat, type Instance, markEnded } from '#lib/store/instances.ts';
import { foldSnapshots, snapshotStoreOf } from '#lib/store/metric-snapshots.ts';
import { createSharedCounts } from '#lib/store/rate-limits.ts';
import { findTranscode, writeTranscodes } from '#lib/store/transcodes.ts';
import type { TranscodeRecord } from '#lib/transcode/record.ts';
import { emptyDatabase } from '../../support/empty-database.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { storeOf } from '../../support/store.ts';
import { transcodeRecord } from '../../support/transcode-records.ts';

const log = createLog({ level: 'silent' });
const DAY_MS = 86_400_000;
/** Longest silence of a live instance in these tests. */
const STALE_SECONDS = 0.5;
const NOTHING = {
  transcodes_closed: 0,
  transcodes_deleted: 0,
  instances_folded: 0,
  instances_forgotten: 0,
  callbacks_deleted: 0,
  callback_secrets_deleted: 0,
  rate_limits_forgotten: 0,
};

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

/** Has a database of its own. */
async function start(test: TestContext, { staleSeconds = STALE_SECONDS } = {}) {
  const store = storeOf(test, await emptyDatabase(postgres.url));
  const foldMetrics = () => store.database.run((db) => foldSnapshots(db, 3_600));
  const maintenance = createMaintenance({ store, log, retentionDays: 30, foldMetrics, staleSeconds });
  return { maintenance, database: store.database };
}

function newInstance(): Instance {
  return { id: uuid(), name: 'test' };
}

function write(database: Database, instance: Instance, record: TranscodeRecord): Promise<void> {
  return database.run((db) => writeTranscodes(db, { instance, lines: [{ owner: 'ann', record, adjusted: [] }] }));
}

/** Sets the time at which the instance was last seen to `seconds` ago. */
function age(database: Database, { id }: Instance, seconds: number) {
  return database.run((db) =>
    db
      .updateTable('instances')
      .set({ seen_at: sql<Date>`now() - make_interval(secs => ${seconds})` })
      .where('id', '=', id)
      .execute(),
  );
}

async function stateOf(database: Database, { id }: TranscodeRecord): Promise<string | undefined> {
  return (await database.run((db) => findTranscode(db, id)))?.record.state;
}

function endedDaysAgo(days: number): TranscodeRecord {
  const time = new Date(Date.now() - days * DAY_MS).toISOString();
  return transcodeRecord({ state: 'completed', created_at: time, ended_at: time });
}

/** Creates an instance with counts that has ended. */
async function countAndEnd(database: Database): Promise<void> {
  const instance = newInstance();
  await database.run((db) => beat(db, instance));
  const values = [{ value: 7, labels: {} }];
  const snapshot = [{ name: 'n_total', help: 'n', type: 'counter', aggregator: 'sum', values }];
  await snapshotStoreOf(database, instance).put(snapshot, () => undefined);
  await database.run((db) => markEnded(db, instance));
}

/** Adds a callback that ended long ago, and a secret that has expired. */
async function addOldCallback(database: Database): Promise<void> {
  const time = new Date(Date.now() - 31 * DAY_MS);
  const about = { id: uuid(), subject_id: uuid(), event: 'job.completed', url: 'https://hooks.example/', body: '{}' };
  await database.run((db) =>
    db
      .insertInto('callbacks')
      .values({ ...about, owner: 'ann', status: 'delivered', due_at: time, ended_at: time })
      .execute(),
  );
  const secret = { id: uuid(), owner: 'ann', sealed: 'sealed', expires_at: time };
  await database.run((db) => db.insertInto('callback_secrets').values(secret).execute());
}

describe('maintenance', () => {
  it('runs every task once, and reports the counts', async (test) => {
    const { maintenance, database } = await start(test);
    const [dead, forgotten] = [newInstance(), newInstance()];
    const abandoned = transcodeRecord();
    await write(database, dead, abandoned);
    await age(database, dead, 60);
    const [old, recent] = [endedDaysAgo(31), endedDaysAgo(29)];
    await write(database, forgotten, old);
    await write(database, forgotten, recent);
    await age(database, forgotten, 2 * 86_400);
    await countAndEnd(database);
    await createSharedCounts(database).add([{ key: 'caller:ann', points: 1 }], -1);
    await addOldCallback(database);

    assert.deepEqual(await maintenance.run(), {
      status: 'done',
      counts: {
        transcodes_closed: 1,
        transcodes_deleted: 1,
        instances_folded: 1,
        instances_forgotten: 1,
        callbacks_deleted: 1,
        callback_secrets_deleted: 1,
        rate_limits_forgotten: 1,
      },
    });
    assert.equal(await stateOf(database, abandoned), 'failed');
    assert.equal(await stateOf(database, old), undefined);
    assert.equal(await stateOf(database, recent), 'completed');
    assert.deepEqual(await maintenance.run(), { status: 'done', counts: NOTHING });
  });

  it('folds the metrics of many ended instances in one run', async (test) => {
    const { maintenance, database } = await start(test);
    for (let count = 0; count < 205; count += 1) await countAndEnd(database);
    assert.deepEqual(await maintenance.run(), { status: 'done', counts: { ...NOTHING, instances_folded: 205 } });
    const rows = await database.run((db) => db.selectFrom('metric_snapshots').select('snapshot').execute());
    assert.match(JSON.stringify(rows), /"value":1435\b/);
    assert.equal(rows.length, 1);
  });

  it('closes no transcodes of an instance that was silent because the database was down', async (test) => {
    const { maintenance, database } = await start(test, { staleSeconds: 2 });
    const instance = newInstance();
    const record = transcodeRecord();
    await write(database, instance, record);
    await age(database, instance, 600);
    let isDone = false;
    const run = maintenance.run().finally(() => {
      isDone = true;
    });
    // The instance beats during the wait.
    while (!isDone) await Promise.race([run, database.run((db) => beat(db, instance)).then(() => delay(100))]);
    assert.deepEqual(await run, { status: 'done', counts: NOTHING });
    assert.equal(await stateOf(database, record), 'streaming');
  });

  it('runs the other tasks when one fails, and then fails', async (test) => {
    const { maintenance, database } = await start(test);
    const dead = newInstance();
    const abandoned = transcodeRecord();
    await write(database, dead, abandoned);
    await age(database, dead, 60);
    await createSharedCounts(database).add([{ key: 'caller:ann', points: 1 }], -1);
    await database.run((db) => sql`alter table metric_snapshots rename to elsewhere`.execute(db));
    await assert.rejects(maintenance.run(), (error) => {
      assert.ok(error instanceof AggregateError);
      assert.equal(error.errors.length, 1);
      assert.match(String(error.errors[0]), /metric_snapshots/);
      return true;
    });
    assert.equal(await stateOf(database, abandoned), 'failed');
    const counted = await database.run((db) => db.selectFrom('rate_limits').selectAll().execute());
    assert.deepEqual(counted, []);
  });

  it('fails when the database is down', async (test) => {
    const { maintenance } = await start(test);
    await maintenance.run();
    await postgres.kill();
    await assert.rejects(maintenance.run(), (error) => error instanceof AppError && error.code === 'UNAVAILABLE');
    await postgres.start();
  });

  it('stops waiting when the process ends', async (test) => {
    const { maintenance, database } = await start(test, { staleSeconds: 60 });
    const dead = newInstance();
    await write(database, dead, transcodeRecord());
    await age(database, dead, 600);
    const run = assert.rejects(maintenance.run(), { name: 'AbortError' });
    maintenance.close();
    await run;
  });

  it('of a long-lived process runs at every beat, except for rare tasks', async (test) => {
    const { maintenance, database } = await start(test);
    const sweep = async () => {
      for (const sweeper of maintenance.sweepers) await sweeper(STALE_SECONDS);
    };
    await sweep();
    const instance = newInstance();
    const [abandoned, old] = [transcodeRecord(), endedDaysAgo(31)];
    await write(database, instance, abandoned);
    await write(database, instance, old);
    await age(database, instance, 60);
    await eventually(async () => {
      await sweep();
      assert.equal(await stateOf(database, abandoned), 'failed');
    });
    assert.equal(await stateOf(database, old), 'completed');
  });

  it('reports that it is disabled without a database', async () => {
    const foldMetrics = () => Promise.reject(new Error('there is nothing to fold'));
    const maintenance = createMaintenance({ store: undefined, log, retentionDays: 30, foldMetrics });
    assert.deepEqual(await maintenance.run(), { status: 'disabled', reason: 'no database is configured' });
    assert.deepEqual(maintenance.sweepers, []);
  });
});

describe('the chores of jobs', () => {
  const names = [
    ...['jobs_expired', 'jobs_deleted', 'job_keys_forgotten', 'job_objects_deleted', 'jobs_raised'],
    'job_entries_mended',
  ] as const;

  it('are done by the scheduled function, and not at the beats of a long-lived process', async (test) => {
    const store = storeOf(test, await emptyDatabase(postgres.url));
    const done: string[] = [];
    const jobs = Object.fromEntries(
      names.map((name) => [
        name,
        async () => {
          done.push(name);
          return 2;
        },
      ]),
    ) as unknown as Chores;
    const foldMetrics = async () => 0;
    const maintenance = createMaintenance({ store, log, retentionDays: 30, foldMetrics, jobs });
    for (const sweep of maintenance.sweepers) await sweep(STALE_SECONDS);
    assert.deepEqual(done, []);
    const report = await maintenance.run();
    assert.ok(report.status === 'done');
    assert.deepEqual(done, names);
    assert.equal(report.counts['job_objects_deleted'], 2);
  });
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { createPublisher } from '#lib/metrics/publisher.ts';
import { expositionOf, type Snapshot } from '#lib/metrics/snapshot.ts';
import { type Database, openDatabase } from '#lib/store/database.ts';
import { beat, markEnded } from '#lib/store/instances.ts';
import { foldSnapshots, snapshotStoreOf, snapshotsOfOthers, TOTALS_ID } from '#lib/store/metric-snapshots.ts';
import { startPostgres } from '../../support/postgres.ts';

const cleanUp = new AsyncDisposableStack();
let database: Database;

before(async () => {
  const { url } = cleanUp.use(await startPostgres());
  database = openDatabase({ url, maxConnections: 5, connectTimeoutMs: 5_000, queryTimeoutMs: 5_000 });
  cleanUp.defer(() => database.close());
});
after(() => cleanUp.disposeAsync());
beforeEach(async () => {
  await database.run((db) => db.deleteFrom('metric_snapshots').execute());
});

const HOUR = 3_600;

/** Returns an instance that counts and publishes. */
function startInstance() {
  const id = uuid();
  const name = `host-${id.slice(-4)}`;
  let counted = 0;
  const collect = async (): Promise<Snapshot> => [
    metric('n_total', 'counter', [{ value: counted, labels: { output_format: 'opus', kind: 'x' } }]),
    metric('spent_total', 'counter', [{ value: counted / 8, labels: { instance: name, part: 'host' } }]),
    metric('active', 'gauge', [{ value: 1, labels: {} }]),
  ];
  const publisher = createPublisher({ store: snapshotStoreOf(database, { id }), collect });
  return {
    ...publisher,
    id,
    name,
    count(more: number) {
      counted += more;
    },
    beat: () => database.run((db) => beat(db, { id, name })),
    end: () => database.run((db) => markEnded(db, { id })),
  };
}

function metric(name: string, type: string, values: Snapshot[number]['values']): Snapshot[number] {
  return { name, help: name, type, aggregator: 'sum', values };
}

/** Returns the samples of the sum of all rows: name with labels → value. */
async function all(): Promise<Map<string, number>> {
  const rows = await database.run((db) => snapshotsOfOthers(db, { id: uuid(), staleSeconds: 15 }));
  const lines = (await expositionOf(rows)).split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

const N = 'n_total{kind="x",output_format="opus"}';

const ids = async () =>
  (await database.run((db) => db.selectFrom('metric_snapshots').select('instance_id').execute())).map(
    ({ instance_id }) => instance_id,
  );

const fold = () => database.run((db) => foldSnapshots(db, HOUR));

/** Makes the last publication of the instance look `seconds` old. */
async function silence({ id }: { id: string }, seconds: number): Promise<void> {
  const published_at = sql<Date>`now() - make_interval(secs => ${seconds})`;
  await database.run((db) =>
    db.updateTable('metric_snapshots').set({ published_at }).where('instance_id', '=', id).execute(),
  );
}

describe('the snapshots of all instances', () => {
  it('are read by the other instances, and include no instance twice', async () => {
    const [a, b] = [startInstance(), startInstance()];
    a.count(3);
    b.count(4);
    await Promise.all([a.publish(), b.publish()]);
    assert.equal((await all()).get(N), 7);
    assert.equal((await all()).get('active'), 2);
    const [ofB] = await database.run((db) => snapshotsOfOthers(db, { id: a.id, staleSeconds: 15 }));
    assert.deepEqual(ofB, await b.current());
  });

  it('keep the counters of silent instances, not their gauges', async () => {
    const [a, b] = [startInstance(), startInstance()];
    a.count(3);
    await Promise.all([a.publish(), b.publish()]);
    await silence(a, 20);
    assert.deepEqual([(await all()).get(N), (await all()).get('active')], [3, 1]);
  });
});

describe('folding', () => {
  it('skips instances that publish, or were silent for less than the limit', async () => {
    const [a, b] = [startInstance(), startInstance()];
    await Promise.all([a.publish(), b.publish()]);
    await silence(b, HOUR - 10);
    await fold();
    assert.deepEqual((await ids()).toSorted(), [a.id, b.id].toSorted());
  });

  it('moves ended and long-silent instances into one row without changing the sums', async () => {
    const [ended, silent, living] = [startInstance(), startInstance(), startInstance()];
    for (const [index, instance] of [ended, silent, living].entries()) {
      instance.count(index + 1);
      await instance.beat();
      await instance.publish();
    }
    await ended.publishLast();
    await ended.end();
    await silence(silent, HOUR + 10);
    const before = await all();
    await fold();
    const now = await all();
    assert.deepEqual(new Set(await ids()), new Set([TOTALS_ID, living.id]));
    assert.equal(now.get(N), 6);
    assert.equal(before.get(N), 6);
    assert.equal(now.get('spent_total{instance="gone",part="host"}'), 3 / 8);
    assert.equal(now.get(`spent_total{instance="${living.name}",part="host"}`), 3 / 8);
    assert.equal(now.get('active'), 1);
  });

  it('adds to the counts that were folded before', async () => {
    for (const more of [1, 2, 4]) {
      const instance = startInstance();
      instance.count(more);
      await instance.publish();
      await silence(instance, HOUR + 10);
      await fold();
    }
    assert.deepEqual(await ids(), [TOTALS_ID]);
    assert.equal((await all()).get(N), 7);
  });

  it('by many instances in parallel counts everything once', async () => {
    const instances = Array.from({ length: 20 }, startInstance);
    for (const instance of instances) {
      instance.count(1);
      await instance.publish();
      await silence(instance, HOUR + 10);
    }
    await Promise.all(Array.from({ length: 5 }, fold));
    assert.deepEqual(await ids(), [TOTALS_ID]);
    assert.equal((await all()).get(N), 20);
  });

  it('of an instance that returns counts nothing twice', async () => {
    const frozen = startInstance();
    frozen.count(5);
    await frozen.publish();
    for (const total of [7, 9]) {
      await silence(frozen, HOUR + 10);
      await fold();
      frozen.count(2);
      await frozen.publish();
      assert.equal((await all()).get(N), total);
    }
    assert.deepEqual(new Set(await ids()), new Set([TOTALS_ID, frozen.id]));
  });

  it('never lets a sum decrease while instances publish, end and return', async () => {
    const instances = Array.from({ length: 6 }, startInstance);
    let last = 0;
    for (let round = 0; round < 15; round += 1) {
      const scrape = async () => {
        const now = (await all()).get(N) ?? 0;
        assert.ok(now >= last, `${now} after ${last}`);
        last = now;
      };
      await Promise.all([
        ...instances.map(async (instance, index) => {
          instance.count(1);
          await instance.publish();
          if (index % 3 === round % 3) await silence(instance, HOUR + 10);
        }),
        fold(),
      ]);
      await scrape();
      await fold();
      await scrape();
    }
    for (const instance of instances) await instance.publish();
    assert.equal((await all()).get(N), 15 * instances.length);
  });
});

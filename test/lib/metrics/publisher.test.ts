import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPublisher, type SnapshotStore } from '#lib/metrics/publisher.ts';
import { countsOf, type Snapshot } from '#lib/metrics/snapshot.ts';
import { eventually } from '../../support/eventually.ts';

const counter = (value: number): Snapshot => [
  { name: 'n_total', help: 'n', type: 'counter', aggregator: 'sum', values: [{ value, labels: {} }] },
  { name: 'now', help: 'now', type: 'gauge', aggregator: 'sum', values: [{ value: 1, labels: {} }] },
];

const fail = (error: unknown) => assert.fail(String(error));

const countOf = (snapshot: Snapshot | undefined) => snapshot?.[0]?.values[0]?.value ?? 0;

/** Returns a table with one row. It can be folded, be slow, and fail in three ways. */
function memoryTable() {
  let row: Snapshot | undefined;
  let total = 0;
  let writes = 0;
  let trouble: 'unreachable' | 'refuses' | 'answer lost' | undefined;
  let gate = Promise.resolve();

  async function write(onSending: () => void, apply: () => void): Promise<void> {
    await gate;
    if (trouble === 'unreachable') throw new Error('down');
    onSending();
    writes += 1;
    if (trouble !== 'refuses') apply();
    if (trouble !== undefined) throw new Error('down');
  }
  const store: SnapshotStore = {
    put: (snapshot, onSending) =>
      write(onSending, () => {
        row = snapshot;
      }),
    async replace(snapshot, onSending) {
      let there = false;
      await write(onSending, () => {
        there = row !== undefined;
        if (there) row = snapshot;
      });
      return there;
    },
  };
  return {
    store,
    fold() {
      total += countOf(row);
      row = undefined;
    },
    row: () => row,
    total: () => total + countOf(row),
    writes: () => writes,
    be(what: typeof trouble) {
      trouble = what;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

function publisherOf(table: ReturnType<typeof memoryTable>, leastGapMs = 0) {
  let counted = 0;
  const publisher = createPublisher({ store: table.store, collect: async () => counter(counted), leastGapMs });
  return {
    ...publisher,
    count(more: number) {
      counted += more;
    },
  };
}

describe('a publisher', () => {
  it('writes the counts, and returns exactly what it wrote', async () => {
    const table = memoryTable();
    const publisher = publisherOf(table);
    publisher.count(3);
    assert.equal(countOf(await publisher.publish()), 3);
    publisher.count(2);
    assert.deepEqual(await publisher.publish(), table.row());
    assert.equal(table.total(), 5);
  });

  it('has at most one running and one waiting write, for any number of calls', async () => {
    const table = memoryTable();
    const publisher = publisherOf(table);
    const release = table.hold();
    const asked = [publisher.publish()];
    publisher.count(1);
    for (let i = 0; i < 100; i += 1) asked.push(publisher.publish());
    release();
    const [first, ...others] = (await Promise.all(asked)).map(countOf);
    assert.equal(table.writes(), 2);
    assert.equal(first, 0, 'it was already sent');
    assert.deepEqual(new Set(others), new Set([1]));
  });

  it('spaces the writes for a burst of ends by its gap', async () => {
    const table = memoryTable();
    const publisher = publisherOf(table, 60_000);
    await publisher.publish();
    for (let i = 0; i < 100; i += 1) publisher.publishSoon(fail);
    await publisher.publish();
    assert.equal(table.writes(), 2);
    const eager = publisherOf(table, 1);
    for (let i = 0; i < 100; i += 1) eager.publishSoon(fail);
    await eventually(() => assert.equal(table.writes(), 3));
  });

  it('continues with later counts after its row was folded', async () => {
    const table = memoryTable();
    const publisher = publisherOf(table);
    for (const more of [3, 2, 4]) {
      publisher.count(more);
      await publisher.publish();
      table.fold();
    }
    assert.equal(countOf(await publisher.publish()), 0);
    publisher.count(1);
    await publisher.publish();
    assert.equal(table.total(), 10);
    assert.equal(countOf(await publisher.current()), 1);
  });

  for (const trouble of ['unreachable', 'refuses', 'answer lost'] as const) {
    it(`counts nothing twice when the database was ${trouble} before the row was folded`, async () => {
      const table = memoryTable();
      const publisher = publisherOf(table);
      publisher.count(3);
      await publisher.publish();
      publisher.count(2);
      table.be(trouble);
      await assert.rejects(publisher.publish());
      table.be(undefined);
      table.fold();
      publisher.count(1);
      await publisher.publish();
      // A write that was sent may have succeeded, so its counts are given up even if it has not.
      assert.equal(table.total(), trouble === 'refuses' ? 4 : 6);
    });

    it(`counts everything when the database was ${trouble} and the row still exists`, async () => {
      const table = memoryTable();
      const publisher = publisherOf(table);
      for (const what of [trouble, undefined, trouble, undefined] as const) {
        publisher.count(1);
        table.be(what);
        await publisher.publish().catch(() => undefined);
      }
      assert.equal(table.total(), 4);
    });
  }

  it('publishes no gauges at the end', async () => {
    const table = memoryTable();
    const publisher = publisherOf(table);
    publisher.count(3);
    await publisher.publish();
    await publisher.publishLast();
    assert.deepEqual(table.row(), countsOf(counter(3)));
    publisher.publishSoon(fail);
    assert.equal(table.writes(), 2);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  countedSince,
  countsOf,
  countsOfTheGone,
  expositionOf,
  type Snapshot,
  snapshotOf,
  sumOf,
} from '#lib/metrics/snapshot.ts';

type Counted = { readonly instance: string; readonly seconds: number; readonly observed: readonly number[] };

/** Returns the snapshot of an instance with these counts. */
async function told({ instance, seconds, observed }: Counted): Promise<Snapshot> {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['instance', 'part'];
  new Counter({ name: 'spent_total', help: 's', labelNames, registers }).inc({ instance, part: 'a' }, seconds);
  const histogram = new Histogram({ name: 'took_ms', help: 'ms', labelNames: ['kind'], buckets: [1, 10], registers });
  for (const ms of observed) histogram.observe({ kind: 'x' }, ms);
  new Gauge({ name: 'active', help: 'now', registers }).set(observed.length);
  new Gauge({ name: 'measured', help: 'nothing yet', registers }).set(Number.NaN);
  // As it is read from the database.
  return JSON.parse(JSON.stringify(snapshotOf(await registry.getMetricsAsJSON())));
}

/** Returns the samples of the sum: name with labels → value. */
async function summed(...snapshots: Snapshot[]): Promise<Map<string, number>> {
  const lines = (await expositionOf(snapshots)).split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

const counted = fc.record({
  instance: fc.constantFrom('a', 'b', 'c'),
  seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
  observed: fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 4 }),
});

describe('the sum of snapshots', () => {
  it('adds counters and gauges, and keeps the labels of instances', async () => {
    const a = await told({ instance: 'a', seconds: 1.5, observed: [0.5, 5] });
    const b = await told({ instance: 'b', seconds: 2, observed: [50] });
    const sum = await summed(a, b);
    assert.equal(sum.get('spent_total{instance="a",part="a"}'), 1.5);
    assert.equal(sum.get('spent_total{instance="b",part="a"}'), 2);
    assert.equal(sum.get('took_ms_bucket{kind="x",le="1"}'), 1);
    assert.equal(sum.get('took_ms_bucket{kind="x",le="+Inf"}'), 3);
    assert.equal(sum.get('took_ms_sum{kind="x"}'), 55.5);
    assert.equal(sum.get('active'), 3);
  });

  it('has one HELP and one TYPE per metric, and only numbers as values', async () => {
    const both = [
      await told({ instance: 'a', seconds: 1, observed: [] }),
      await told({ instance: 'b', seconds: 1, observed: [1] }),
    ];
    const text = await expositionOf(both);
    const heads = text.split('\n').filter((line) => line.startsWith('# '));
    assert.equal(heads.length, new Set(heads).size);
    assert.doesNotMatch(text, /nan|null|undefined/i);
  });

  it('keeps the counters of silent instances, not their gauges', async () => {
    const silent = countsOf(await told({ instance: 'a', seconds: 1, observed: [1] }));
    const sum = await summed(await told({ instance: 'b', seconds: 1, observed: [1] }), silent);
    assert.equal(sum.get('active'), 1);
    assert.equal(sum.get('took_ms_count{kind="x"}'), 2);
  });

  it('is identical in any order of summing, so that no counter decreases', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(counted, { minLength: 2, maxLength: 6 }), fc.nat(), async (all, split) => {
        const rows = (await Promise.all(all.map(told))).map(countsOfTheGone);
        const at = split % rows.length;
        const folded = await sumOf(rows.slice(0, at));
        assert.deepEqual(await summed(...rows.slice(at).toReversed(), folded), await summed(...rows));
      }),
      { numRuns: 500 },
    );
  });

  it('merges the series of ended instances into one', async () => {
    const gone = await Promise.all(['a', 'b'].map((instance) => told({ instance, seconds: 2, observed: [] })));
    const sum = await summed(...gone.map(countsOfTheGone));
    assert.deepEqual(
      [...sum].filter(([name]) => name.startsWith('spent')),
      [['spent_total{instance="gone",part="a"}', 4]],
    );
  });
});

describe('the counts since a baseline', () => {
  it('and the baseline add up to the total', async () => {
    await fc.assert(
      fc.asyncProperty(counted, counted, async (before, more) => {
        const observed = [...before.observed, ...more.observed];
        const all = await told({ instance: 'a', seconds: before.seconds + more.seconds, observed });
        const baseline = await told({ ...before, instance: 'a' });
        const rest = countedSince(all, baseline);
        assert.deepEqual(await summed(countsOf(baseline), countsOf(rest)), await summed(countsOf(all)));
        assert.deepEqual(
          rest.find(({ type }) => type === 'gauge'),
          all.find(({ type }) => type === 'gauge'),
        );
      }),
      { numRuns: 500 },
    );
  });
});

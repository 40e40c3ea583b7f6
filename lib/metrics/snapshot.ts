import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** One series of a metric. Histograms name their parts (`…_bucket`, `…_sum`, `…_count`). */
export type Sample = {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string | undefined;
};

/** A metric in prom-client's JSON format. */
export type MetricSnapshot = {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly Sample[];
};

/** The metrics of one or more instances at one moment. */
export type Snapshot = readonly MetricSnapshot[];

/** Aggregators for metrics whose default in prom-client is wrong for several processes. */
const AGGREGATORS: Readonly<Record<string, string>> = { process_start_time_seconds: 'min' };

/** Counts are rounded to 1/n so that sums are exact, and no order of summing makes a counter decrease. */
const STEPS_IN_ONE = 2 ** 16;

/** The label with the name of the instance, and its value once the instance is forgotten. */
const INSTANCE_LABEL = 'instance';
const GONE = 'gone';

/** Returns the content of a registry in a form that fits JSON. Gauges without a measurement are left out. */
export function snapshotOf(metrics: readonly MetricObjectWithValues<MetricValue<string>>[]): Snapshot {
  return metrics.map(({ name, help, type: kind, aggregator, values }) => {
    const type = String(kind);
    // prom-client's types omit the names of a histogram's parts, and allow labels without a value.
    const samples = (values as Sample[])
      .filter(({ value }) => Number.isFinite(value))
      .map(({ value, labels, metricName }) => ({ value: isCount(type) ? exact(value) : value, labels, metricName }));
    return { name, help, type, aggregator: AGGREGATORS[name] ?? aggregator, values: samples };
  });
}

function exact(count: number): number {
  return Math.round(count * STEPS_IN_ONE) / STEPS_IN_ONE;
}

/** Returns whether a metric only grows. Counters outlive their instance, gauges do not. */
function isCount(type: string): boolean {
  return type === 'counter' || type === 'histogram';
}

/** Returns the metrics that are kept for a silent instance. */
export function countsOf(snapshot: Snapshot): Snapshot {
  return snapshot.filter(({ type }) => isCount(type));
}

/** Returns the metrics that are kept for a forgotten instance: its counts, in series that all such instances share. */
export function countsOfTheGone(snapshot: Snapshot): Snapshot {
  return countsOf(snapshot).map((metric) => ({
    ...metric,
    values: metric.values.map((sample) =>
      INSTANCE_LABEL in sample.labels ? { ...sample, labels: { ...sample.labels, [INSTANCE_LABEL]: GONE } } : sample,
    ),
  }));
}

/** Returns the snapshot minus the counts in `baseline`. */
export function countedSince(snapshot: Snapshot, baseline: Snapshot): Snapshot {
  const before = new Map(
    baseline.flatMap((metric) => metric.values.map((sample) => [seriesOf(metric, sample), sample.value])),
  );
  return snapshot.map((metric) => {
    if (!isCount(metric.type)) return metric;
    const since = (sample: Sample) => sample.value - (before.get(seriesOf(metric, sample)) ?? 0);
    return { ...metric, values: metric.values.map((sample) => ({ ...sample, value: since(sample) })) };
  });
}

function seriesOf({ name }: MetricSnapshot, { metricName = name, labels }: Sample): string {
  return JSON.stringify([metricName, Object.entries(sortedByName(labels))]);
}

/** Merges snapshots: counters are added, gauges use their aggregator. */
export async function sumOf(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  return (await aggregate(snapshots).getMetricsAsJSON()) as unknown as Snapshot;
}

/** Merges snapshots into the Prometheus text exposition format, version 0.0.4. */
export function expositionOf(snapshots: readonly Snapshot[]): Promise<string> {
  return aggregate(snapshots).metrics();
}

function aggregate(snapshots: readonly Snapshot[]) {
  return AggregatorRegistry.aggregate(snapshots.map((snapshot) => snapshot.map(inOrder)));
}

/** Sorts labels, because PostgreSQL reorders the keys of JSON. */
function inOrder(metric: MetricSnapshot): MetricSnapshot {
  return { ...metric, values: metric.values.map((sample) => ({ ...sample, labels: sortedByName(sample.labels) })) };
}

function sortedByName(labels: Sample['labels']): Sample['labels'] {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

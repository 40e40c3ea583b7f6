import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** One series of a metric; histograms name their parts (`…_bucket`, `…_sum`, `…_count`). */
export type Sample = {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
};

/** A metric as instances tell each other of it: prom-client's own JSON. */
export type MetricSnapshot = {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly Sample[];
};

/** What one instance, or several together, count at one moment. */
export type Snapshot = readonly MetricSnapshot[];

type RegistryMetric = MetricObjectWithValues<MetricValue<string>>;

/** Where prom-client's own choice says nothing of a group: it has been there since its eldest was started. */
const AGGREGATORS: Readonly<Record<string, string>> = { process_start_time_seconds: 'min' };

/** Counts are kept in steps of this. Sums of such are exact, so that no order of summing lets a counter go back. */
const STEPS_IN_ONE = 2 ** 16;

/** The label of what is counted for each instance apart, and its value once the instance is forgotten. */
const INSTANCE_LABEL = 'instance';
const GONE = 'gone';

/** What a registry holds, fit for JSON: gauges that have measured nothing yet are left out. */
export function snapshotOf(metrics: readonly RegistryMetric[]): Snapshot {
  return metrics.map((metric) => ({
    name: metric.name,
    help: metric.help,
    type: String(metric.type),
    aggregator: AGGREGATORS[metric.name] ?? metric.aggregator,
    values: metric.values.filter(({ value }) => Number.isFinite(value)).map((sample) => exactSample(metric, sample)),
  }));
}

/** Its types leave out the names of a histogram's parts. */
function exactSample({ type }: RegistryMetric, sample: MetricValue<string>): Sample {
  const { value, labels, metricName } = sample as MetricValue<string> & { readonly metricName?: string };
  return {
    value: isCount(String(type)) ? Math.round(value * STEPS_IN_ONE) / STEPS_IN_ONE : value,
    labels: labels as Sample['labels'],
    ...(metricName === undefined ? {} : { metricName }),
  };
}

/** Whether it only grows: what has been counted stays counted when an instance is gone; a gauge is gone with it. */
function isCount(type: string): boolean {
  return type === 'counter' || type === 'histogram';
}

/** What stays of an instance that is silent. */
export function countsOf(snapshot: Snapshot): Snapshot {
  return snapshot.filter(({ type }) => isCount(type));
}

/** What stays of an instance that is forgotten: its counts, in series that all the forgotten share. */
export function countsOfTheGone(snapshot: Snapshot): Snapshot {
  return countsOf(snapshot).map((metric) => ({
    ...metric,
    values: metric.values.map((sample) =>
      INSTANCE_LABEL in sample.labels ? { ...sample, labels: { ...sample.labels, [INSTANCE_LABEL]: GONE } } : sample,
    ),
  }));
}

/** The same without what `baseline` has counted already. */
export function countedSince(snapshot: Snapshot, baseline: Snapshot): Snapshot {
  const before = new Map(
    baseline.flatMap((metric) => metric.values.map((sample) => [seriesOf(metric, sample), sample])),
  );
  return snapshot.map((metric) => {
    if (!isCount(metric.type)) return metric;
    const values = metric.values.map((sample) => {
      const value = sample.value - (before.get(seriesOf(metric, sample))?.value ?? 0);
      return { ...sample, value };
    });
    return { ...metric, values };
  });
}

function seriesOf({ name }: MetricSnapshot, { metricName = name, labels }: Sample): string {
  return JSON.stringify([metricName, Object.entries(sortedByName(labels))]);
}

/** All of them as one: counts are summed, gauges as each says. */
export async function sumOf(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  return (await aggregate(snapshots).getMetricsAsJSON()) as unknown as Snapshot;
}

/** All of them as one, in the Prometheus text exposition format, version 0.0.4. */
export function expositionOf(snapshots: readonly Snapshot[]): Promise<string> {
  return aggregate(snapshots).metrics();
}

function aggregate(snapshots: readonly Snapshot[]) {
  return AggregatorRegistry.aggregate(snapshots.map((snapshot) => snapshot.map(inOrder)));
}

/** PostgreSQL keeps the keys of JSON in an order of its own. */
function inOrder(metric: MetricSnapshot): MetricSnapshot {
  return { ...metric, values: metric.values.map((sample) => ({ ...sample, labels: sortedByName(sample.labels) })) };
}

function sortedByName(labels: Sample['labels']): Sample['labels'] {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

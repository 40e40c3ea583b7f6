import type { MetricSnapshot, Snapshot } from './snapshot.ts';

/** How many jobs have a status and a priority. */
export type JobSize = { readonly status: 'pending' | 'processing'; readonly priority: number; readonly count: number };

const PRIORITIES = Array.from({ length: 10 }, (_, index) => index + 1);

/** Returns the gauges of jobs that have not ended, which no process counts by itself. */
export function jobGauges(sizes: readonly JobSize[]): Snapshot {
  const sum = (selects: (size: JobSize) => boolean): number =>
    sizes.filter(selects).reduce((total, { count }) => total + count, 0);
  return [
    gauge('jobs', 'Jobs that have not ended, by status.', 'status', {
      pending: sum(({ status }) => status === 'pending'),
      processing: sum(({ status }) => status === 'processing'),
    }),
    gauge(
      'job_queue_size',
      'Jobs that wait, by priority.',
      'priority',
      Object.fromEntries(
        PRIORITIES.map((wanted) => [
          wanted,
          sum(({ status, priority }) => status === 'pending' && priority === wanted),
        ]),
      ),
    ),
  ];
}

function gauge(name: string, help: string, label: string, values: Readonly<Record<string, number>>): MetricSnapshot {
  return {
    ...{ name, help, type: 'gauge', aggregator: 'first' },
    values: Object.entries(values).map(([of, value]) => ({ value, labels: { [label]: of } })),
  };
}

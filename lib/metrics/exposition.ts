import { withTimeout } from '#lib/with-timeout.ts';
import { expositionOf, type MetricSnapshot, type Snapshot } from './snapshot.ts';

type ExpositionOptions = {
  /** Returns the metrics of this process, for when the store is down. */
  readonly own: () => Promise<Snapshot>;
  /** Returns the metrics of all instances; undefined without a store. */
  readonly all: (() => Promise<readonly Snapshot[]>) | undefined;
  /** Longest wait for `all`, ms. */
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
};

/** Returns the sum over all instances, or the metrics of this process when the store does not respond in time. */
export function createExposition({ own, all, timeoutMs, onError }: ExpositionOptions): () => Promise<string> {
  return async () => {
    const answer = all?.().catch((error: unknown) => onError(error));
    const snapshots = answer && (await withTimeout(timeoutMs, answer, () => undefined));
    return await expositionOf(snapshots ? [...snapshots, [storeUp(1)]] : [await own(), [storeUp(0)]]);
  };
}

function storeUp(value: 0 | 1): MetricSnapshot {
  return {
    name: 'store_up',
    help: '1 if the database returned the metrics of all instances; 0 if these are the metrics of one instance only.',
    type: 'gauge',
    aggregator: 'first',
    values: [{ value, labels: {} }],
  };
}

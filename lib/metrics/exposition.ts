import { withTimeout } from '#lib/with-timeout.ts';
import { expositionOf, type MetricSnapshot, type Snapshot } from './snapshot.ts';

type ExpositionOptions = {
  /** What this process counts, for when the store is down. */
  readonly own: () => Promise<Snapshot>;
  /** What all instances count; undefined where there is no store. */
  readonly all: (() => Promise<readonly Snapshot[]>) | undefined;
  /** Longest wait for `all`, ms. */
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
};

/** The sum over all instances, or what this process counts alone when the store does not answer in time. */
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
    help: 'Whether the database has told what the other instances count; without it, these are of one alone.',
    type: 'gauge',
    aggregator: 'first',
    values: [{ value, labels: {} }],
  };
}

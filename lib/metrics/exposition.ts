import { within } from '#lib/within.ts';
import { expositionOf, type MetricSnapshot, type Snapshot } from './snapshot.ts';

export type ExpositionOptions = {
  /** What this process counts, when the others cannot be asked. */
  readonly own: () => Promise<Snapshot>;
  /** What all instances count; undefined where there is no store. */
  readonly all: (() => Promise<readonly Snapshot[]>) | undefined;
  /** Longest wait for the others, ms. */
  readonly patienceMs: number;
  readonly onError: (error: unknown) => void;
};

/** The sum over all instances, or what this process counts alone when the store does not tell in time. */
export function createExposition({ own, all, patienceMs, onError }: ExpositionOptions): () => Promise<string> {
  async function told(): Promise<readonly Snapshot[] | undefined> {
    if (all === undefined) return undefined;
    const answer = all().catch((error: unknown) => onError(error));
    return (await within(patienceMs, answer, () => undefined)) ?? undefined;
  }
  return async () => {
    const snapshots = await told();
    if (snapshots === undefined) return await expositionOf([await own(), [storeUp(0)]]);
    return await expositionOf([...snapshots, [storeUp(1)]]);
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

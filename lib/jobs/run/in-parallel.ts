import { addAbortListener } from 'node:events';

export type ParallelOptions = {
  /** How many run at once. */
  readonly width: number;
  readonly signal: AbortSignal;
};

/**
 * Does `work` for each item, several at once, and returns the results in order. The first failure aborts the signal of all
 * others; it is thrown once they have ended.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  { width, signal }: ParallelOptions,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  signal.throwIfAborted();
  const all = new AbortController();
  using _ = addAbortListener(signal, () => all.abort(signal.reason));
  const results: Result[] = [];
  const pending = items.entries();

  async function next(): Promise<void> {
    for (const [index, item] of pending) {
      all.signal.throwIfAborted();
      results[index] = await work(item, all.signal);
    }
  }

  const workers = Array.from({ length: Math.min(width, items.length) }, () =>
    next().catch((error: unknown) => {
      if (!all.signal.aborted) all.abort(error);
    }),
  );
  await Promise.all(workers);
  all.signal.throwIfAborted();
  return results;
}

import { once } from 'node:events';
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { GREEDY_WAYS } from './greedy-ways.ts';

/**
 * A caller that wants everything: `greedy-process.ts URL KEY`. Goes all ways at once until it is told to stop, then sends
 * the number of responses by way and status. It stands for another machine, so it runs at the lowest priority.
 */
const [url = '', key = ''] = process.argv.slice(2);
const stopped = new AbortController();
const { signal } = stopped;
const tally: Record<string, number> = {};
setPriority(19);

const work = Object.entries(GREEDY_WAYS).map(async ([name, { everyMs, start }]) => {
  const way = await start({ url, key, signal });
  while (!signal.aborted) {
    void way.once().then(
      (outcome) => {
        tally[`${name} ${outcome}`] = (tally[`${name} ${outcome}`] ?? 0) + 1;
      },
      () => undefined,
    );
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
  await way.close?.();
});

process.once('disconnect', () => process.exit());
await once(process, 'message');
stopped.abort();
await Promise.all(work);
process.send?.(tally, () => process.exit());

import { setTimeout as delay } from 'node:timers/promises';
import { asAttacker } from './attacker.ts';
import { GREEDY_WAYS } from './greedy-ways.ts';

/**
 * A caller that wants everything: `greedy-process.ts URL KEY`. Goes all ways at once, and reports the number of responses by
 * way and outcome.
 */
const [url = '', key = ''] = process.argv.slice(2);

await asAttacker(async (signal) => {
  const tally: Record<string, number> = {};
  const ways = Object.entries(GREEDY_WAYS).map(async ([name, { everyMs, start }]) => {
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
  await Promise.all(ways);
  return tally;
});

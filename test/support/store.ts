import { loadConfig } from '#lib/config.ts';
import { openStore, type Store } from '#lib/services/store.ts';

/** A test, or anything else with an end. */
type Test = { after(close: () => Promise<void>): void };

/** Opens the store of a database like the service does; it is closed when the test ends. */
export function storeOf(test: Test, url: string): Store {
  const store = openStore(loadConfig({ DATABASE_URL: url }));
  if (store === undefined) throw new Error('a database has a store');
  test.after(() => store.close());
  return store;
}

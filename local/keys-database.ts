import { loadConfig } from '#lib/config.ts';
import { holdDataDir } from '#lib/process/data-dir.ts';
import { runningServerUrl } from './postgres/running-server.ts';
import { startServer } from './postgres/server.ts';

export type ReachableDatabase = AsyncDisposable & { readonly url: string };

/**
 * Returns the database that the service uses: the one in DATABASE_URL, else that of a running `npm start` on DATA_DIR,
 * else the embedded one, which runs until it is disposed of. Throws an Error that gives the reason when it cannot.
 */
export async function reachDatabase(): Promise<ReachableDatabase> {
  const { DATABASE_URL, DATA_DIR, PATH, PGPORT } = loadConfig();
  const nothing = async () => undefined;
  if (DATABASE_URL !== undefined) return { url: DATABASE_URL, [Symbol.asyncDispose]: nothing };
  const held = await holdDataDir(DATA_DIR).catch((error: Error) => error);
  if (held instanceof Error) {
    const url = await runningServerUrl(DATA_DIR);
    if (url === undefined) throw held;
    return { url, [Symbol.asyncDispose]: nothing };
  }
  const server = await startServer({ dataDir: DATA_DIR, port: PGPORT, path: PATH });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await held();
    },
  };
}

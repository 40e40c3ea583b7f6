import { startServer } from '../../local/postgres/server.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type Database = AsyncDisposable & { readonly url: string };

/** A separate PostgreSQL like that of `npm start`, in a temporary folder. */
export async function startDatabase(): Promise<Database> {
  const folder = temporaryFolder();
  const server = await startServer({ dataDir: folder.path, port: 0, path: process.env['PATH'] ?? '' });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      folder[Symbol.dispose]();
    },
  };
}

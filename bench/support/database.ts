import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../local/postgres/server.ts';

export type Database = AsyncDisposable & { readonly url: string };

/** A PostgreSQL of the bench's own, as `npm start` runs one, in a temporary folder. */
export async function startDatabase(): Promise<Database> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ffmpeg-functions-bench-'));
  const server = await startServer({ dataDir, port: 0, path: process.env['PATH'] ?? '' });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

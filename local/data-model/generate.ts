import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '#lib/config.ts';
import { openDatabase } from '#lib/store/database.ts';
import { startServer } from '../postgres/server.ts';
import { dataModelPage, PAGE } from './page.ts';

/** `npm run build:data-model`: writes docs/reference/data-model.md from a new, empty database. */
await using cleanUp = new AsyncDisposableStack();
const dataDir = await mkdtemp(join(tmpdir(), 'data-model-'));
cleanUp.defer(() => rm(dataDir, { recursive: true, force: true }));
const server = await startServer({ dataDir, port: 0, path: loadConfig().PATH });
cleanUp.defer(async () => void (await server.stop()));
const database = openDatabase({
  url: server.url,
  maxConnections: 1,
  connectTimeoutMs: 10_000,
  queryTimeoutMs: 10_000,
});
cleanUp.defer(() => database.close());
await writeFile(PAGE, await database.run(dataModelPage));

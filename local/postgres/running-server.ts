import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PASSWORD_FILE, SUPERUSER } from './cluster.ts';

/** Line of `postmaster.pid` that holds the port, counted from 0. */
const PORT_LINE = 3;

/** Returns the URL of the embedded PostgreSQL that another process runs in this data folder; undefined without one. */
export async function runningServerUrl(dataDir: string): Promise<string | undefined> {
  const folder = resolve(dataDir, 'postgres');
  const lines = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  const port = Number.parseInt(lines.split('\n')[PORT_LINE] ?? '', 10);
  if (!(port > 0)) return undefined;
  const password = await readFile(join(folder, PASSWORD_FILE), 'utf8');
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
}

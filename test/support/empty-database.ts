import { query } from './query.ts';

let made = 0;

/** Creates an empty database on a server that several tests share. Returns its URL. */
export async function emptyDatabase(serverUrl: string): Promise<string> {
  made += 1;
  const name = `empty_${made}`;
  await query(serverUrl, `CREATE DATABASE ${name}`);
  return new URL(`/${name}`, serverUrl).href;
}

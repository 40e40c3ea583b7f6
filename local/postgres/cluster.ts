import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, lchown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOf } from './account.ts';
import type { Installation } from './installation.ts';
import { launch } from './launch.ts';
import { endLeftovers } from './leftovers.ts';
import { collectMessages } from './messages.ts';

/** The role that owns everything. */
export const SUPERUSER = 'postgres';

/** Kept with the data that it protects, so that one never exists without the other. */
export const PASSWORD_FILE = 'superuser.password';
const PASSWORD_BYTES = 24;

/**
 * Creates the data folder, or checks that an existing one fits this PostgreSQL. Returns the superuser's password.
 * A creation that a crash has interrupted is repeated: the folder gets its name only when it is complete.
 */
export async function prepareCluster(installation: Installation, folder: string): Promise<string> {
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined) await createCluster(installation, folder);
  else requireVersion(version.trim(), installation.majorVersion, folder);
  await giveTo(installation, folder);
  return await readFile(join(folder, PASSWORD_FILE), 'utf8');
}

function requireVersion(found: string, needed: string, folder: string): void {
  if (found === needed) return;
  throw new Error(
    `${folder} was written by PostgreSQL ${found}, but the embedded one is ${needed}: ` +
      'migrate the data with pg_dump, or move the folder away to start with an empty database',
  );
}

async function createCluster(installation: Installation, folder: string): Promise<void> {
  const work = `${folder}.new`;
  const data = join(work, 'data');
  const passwordFile = join(work, PASSWORD_FILE);
  const { uid, gid } = ownerOf(installation.account);
  await endLeftovers(data);
  await rm(work, { recursive: true, force: true, maxRetries: 5 });
  await mkdir(work, { mode: 0o700 });
  await writeFile(passwordFile, randomBytes(PASSWORD_BYTES).toString('base64url'), { mode: 0o600 });
  for (const path of [work, passwordFile]) await chown(path, uid, gid);
  await runInitdb(installation, data, passwordFile);
  await rename(passwordFile, join(data, PASSWORD_FILE));
  await rename(data, folder);
  await rm(work, { recursive: true });
}

async function runInitdb(installation: Installation, data: string, passwordFile: string): Promise<void> {
  const args = [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  const child = launch(installation, { file: installation.initdb, args, deathSignal: 'KILL' });
  const messages = collectMessages(child.stderr);
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`initdb failed (${code ?? signal}): ${messages.tail()}`);
}

/** Changes the owner of the files to the account that runs the server, in case another account ran it before. */
async function giveTo({ account }: Installation, folder: string): Promise<void> {
  const { uid, gid } = ownerOf(account);
  if ((await stat(folder)).uid === uid) return;
  const files = await readdir(folder, { recursive: true });
  for (const file of [...files, '.']) await lchown(join(folder, file), uid, gid);
}

import { execFile } from 'node:child_process';
import { chmod, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Account, asAccount, possibleAccounts } from './account.ts';
import { findBinaries, type PostgresBinaries } from './binaries.ts';

/** A PostgreSQL that runs here, and the account that it runs as. */
export type Installation = PostgresBinaries & {
  readonly account: Account;
  readonly majorVersion: string;
  /** The PATH to search for the system's own tools. */
  readonly path: string;
};

const PROBE_TIMEOUT_MS = 10_000;

/** Finds an account that can run the server in the folder, by running the program once as each possible account. */
export async function findInstallation(folder: string, path: string): Promise<Installation> {
  const binaries = await findBinaries();
  const failures: string[] = [];
  for (const account of await possibleAccounts(path)) {
    if (account.kind === 'other user') await letPassThrough(folder);
    try {
      return { ...binaries, account, path, majorVersion: await probe(account, binaries.postgres, folder) };
    } catch (error) {
      failures.push(`as ${account.kind}: ${error instanceof Error ? error.message.trim() : error}`);
    }
  }
  throw new Error(
    `the embedded PostgreSQL cannot run here with its data in ${folder}: set DATABASE_URL to another database, ` +
      `or do not run as root\n  ${failures.join('\n  ')}`,
  );
}

/** The data folder is private. Another user can then reach the server's data in it, but cannot list the folder. */
async function letPassThrough(folder: string): Promise<void> {
  await chmod(folder, (await stat(folder)).mode | 0o011);
}

async function probe(account: Account, postgres: string, folder: string): Promise<string> {
  const script = ['-c', 'cd "$1" && exec "$2" --version', 'probe', folder, postgres];
  const { file, args, as } = asAccount(account, '/bin/sh', script);
  const { stdout } = await promisify(execFile)(file, [...args], { ...as, timeout: PROBE_TIMEOUT_MS });
  const [, major] = /\(PostgreSQL\) (\d+)/.exec(stdout) ?? [];
  if (major === undefined) throw new Error(`${postgres} does not report its version: ${stdout}`);
  return major;
}

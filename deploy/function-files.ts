import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ZipEntry } from './zip.ts';

/** Returns the files that a function reads: `package.patterns` of serverless.yml. Throws an Error where one matches none. */
export async function functionFiles(root: string, patterns: readonly string[] = []): Promise<ZipEntry[]> {
  const found = await Promise.all(patterns.map((pattern) => matching(root, pattern)));
  return Promise.all(found.flat().map(async (path) => ({ path, bytes: await readFile(join(root, path)) })));
}

async function matching(root: string, pattern: string): Promise<string[]> {
  const paths = await Array.fromAsync(glob(pattern, { cwd: root }));
  if (paths.length === 0) throw new Error(`no file matches ${pattern} (package.patterns)`);
  return paths;
}

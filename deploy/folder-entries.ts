import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ZipEntry } from './zip.ts';

const EXECUTABLE = 0o100;

/** Reads all files of a folder. Follows links. */
export async function folderEntries(folder: string): Promise<ZipEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    files.map(async (file) => ({
      path: relative(folder, file),
      bytes: await readFile(file),
      isExecutable: ((await stat(file)).mode & EXECUTABLE) !== 0,
    })),
  );
}

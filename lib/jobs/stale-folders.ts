import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders that requests make and remove, by `mkdtemp`. */
const NAME = /^(?:preview|probe)-[A-Za-z0-9]{6}$/;
/** No request takes as long. */
const STALE_MS = 600_000;

/** Removes folders that requests of a killed process have left. Returns their number. */
export async function removeStaleFolders(directory: string, now = Date.now()): Promise<number> {
  const names = (await readdir(directory)).filter((name) => NAME.test(name));
  const removed = await Promise.all(names.map((name) => removeStale(join(directory, name), now)));
  return removed.filter(Boolean).length;
}

async function removeStale(path: string, now: number): Promise<boolean> {
  try {
    if (now - (await stat(path)).mtimeMs < STALE_MS) return false;
  } catch (error) {
    // Its request has just removed it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  await rm(path, { recursive: true, force: true });
  return true;
}

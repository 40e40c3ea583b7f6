import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** Attempts to copy a folder to a place where another process copies the same one at the same time. */
const ATTEMPTS = 5;

/** The digest file next to a finished layer. An interrupted or changed layer does not match it. */
function digestFile(folder: string): string {
  return `${folder}.sha256`;
}

/** Whether a finished layer exists and is complete. */
export async function isWhole(kept: string): Promise<boolean> {
  const recorded = await readFile(digestFile(kept), 'utf8').catch(() => undefined);
  return recorded !== undefined && recorded === (await folderDigest(kept).catch(() => ''));
}

/** Moves a built layer into the cache. */
export async function keepLayer(made: string, kept: string): Promise<void> {
  await mkdir(dirname(kept), { recursive: true });
  await rm(digestFile(kept), { force: true });
  await copyInto(made, kept);
  await rm(made, { recursive: true, force: true });
  const part = `${digestFile(kept)}.${process.pid}`;
  await writeFile(part, await folderDigest(kept));
  await rename(part, digestFile(kept));
}

/** Copies a folder so that the target is never incomplete. Does nothing when the target is already the same. */
export async function copyInto(from: string, to: string): Promise<void> {
  const wanted = await folderDigest(from);
  for (let attempt = 1; (await folderDigest(to).catch(() => undefined)) !== wanted; attempt += 1) {
    const fresh = `${to}-${process.pid}`;
    try {
      await cp(from, fresh, { recursive: true });
      await rm(to, { recursive: true, force: true });
      await rename(fresh, to);
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      // Another process has copied its own in between.
      if (attempt === ATTEMPTS || !isTaken(error)) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Returns a digest of all files of a folder: their paths, contents and whether they are executable. */
async function folderDigest(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of files.toSorted()) {
    const { mode } = await stat(file);
    const digest = createHash('sha256').update(await readFile(file));
    hash.update(`${relative(folder, file)}\0${(mode & 0o111) !== 0}\0${digest.digest('hex')}\n`);
  }
  return hash.digest('hex');
}

import { randomUUID } from 'node:crypto';
import { openSync, statfsSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from './errors.ts';

/** Where temporary files are, and how much of the disk they leave free. */
export type TemporaryFolder = { readonly directory: string; readonly reserveBytes: number };

/**
 * Opens a new file without a name, for reading and writing. It disappears with its last descriptor, even when the
 * process is killed. Opening is synchronous, so no other code runs while the file has a name. Throws the disk's error,
 * and OVERLOADED as `requireSpace` does.
 */
export function openUnlinked(folder: TemporaryFolder, prefix: string): number {
  requireSpace(folder);
  const path = join(folder.directory, `${prefix}-${randomUUID()}`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return fd;
}

/** Throws OVERLOADED when less of the disk is free than is to be left free. */
export function requireSpace({ directory, reserveBytes }: TemporaryFolder): void {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize >= reserveBytes) return;
  const details = { budget: 'disk_bytes', reserve_bytes: reserveBytes };
  throw new AppError('OVERLOADED', details, { message: 'the disk for temporary files is almost full' });
}

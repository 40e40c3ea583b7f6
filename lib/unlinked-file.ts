import { randomUUID } from 'node:crypto';
import { openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Opens a new file without a name, for reading and writing. It disappears with its last descriptor, even when the
 * process is killed. Opening is synchronous, so no other code runs while the file has a name.
 */
export function openUnlinked(directory: string, prefix: string): number {
  const path = join(directory, `${prefix}-${randomUUID()}`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return fd;
}

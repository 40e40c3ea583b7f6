import { randomUUID } from 'node:crypto';
import { openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A new file without a name, for reading and writing: it vanishes with its last descriptor, whatever kills the process.
 * Opened synchronously, so that it has no name by the time anything else can happen.
 */
export function openUnlinked(directory: string, prefix: string): number {
  const path = join(directory, `${prefix}-${randomUUID()}`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return fd;
}

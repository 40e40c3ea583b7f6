import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate as isUuid, v7 as uuid } from 'uuid';
import type { Log } from '#lib/log.ts';

const FILE = 'machine-id';

/**
 * Returns the id of this machine, which all its processes share and which outlives them. The first process creates it
 * in `dataDir`. Returns undefined when it cannot be stored.
 */
export function machineId(dataDir: string, log: Pick<Log, 'warn'>): string | undefined {
  const file = join(dataDir, FILE);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return idIn(file) ?? create(file);
  } catch (error) {
    log.warn({ err: error }, 'the machine id cannot be stored');
    return undefined;
  }
}

/** Returns undefined when the file does not exist or contains no id. */
function idIn(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return isUuid(text) ? text : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Creates the file atomically. When processes start together, the first one's id is used. */
function create(file: string): string {
  const id = uuid();
  const fresh = `${file}.${id}`;
  writeFileSync(fresh, `${id}\n`, { flag: 'wx', mode: 0o600 });
  try {
    linkSync(fresh, file);
    return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const other = idIn(file);
    if (other !== undefined) return other;
    renameSync(fresh, file);
    return id;
  } finally {
    rmSync(fresh, { force: true });
  }
}

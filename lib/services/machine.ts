import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate as isUuid, v7 as uuid } from 'uuid';
import type { Log } from '#lib/log.ts';

const FILE = 'machine-id';

/**
 * The id of this machine, which its processes share and which outlives them: kept in `dataDir`, made by the first
 * process. Undefined where it cannot be kept.
 */
export function machineId(dataDir: string, log: Pick<Log, 'warn'>): string | undefined {
  const file = join(dataDir, FILE);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return idIn(file) ?? create(file);
  } catch (error) {
    log.warn({ err: error }, 'the machine has no lasting id');
    return undefined;
  }
}

/** Undefined for a file that does not exist, or holds no id. */
function idIn(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return isUuid(text) ? text : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The file appears whole or not at all. Of processes that start together the first one's id holds. */
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

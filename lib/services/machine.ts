import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
    return read(file) ?? create(file);
  } catch (error) {
    log.warn({ err: error }, `the machine has no lasting id: ${file} cannot be written`);
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return isUuid(text) ? text : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Another process may create it at the same time: the first one's id holds. */
function create(file: string): string {
  const id = uuid();
  try {
    writeFileSync(file, `${id}\n`, { flag: 'wx', mode: 0o600 });
    return id;
  } catch (error) {
    const other = read(file);
    if (other !== undefined) return other;
    throw error;
  }
}

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
    createOnce(file);
    const id = readFileSync(file, 'utf8').trim();
    if (!isUuid(id)) throw new Error(`${file} holds no id`);
    return id;
  } catch (error) {
    log.warn({ err: error }, `the machine has no lasting id: ${file} cannot be written`);
    return undefined;
  }
}

/** Leaves a file that exists as it is: the id of the first process holds. */
function createOnce(file: string): void {
  try {
    writeFileSync(file, `${uuid()}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

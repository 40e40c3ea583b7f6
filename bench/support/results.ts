import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.ts';
import type { Machine } from './machine.ts';

/** The result of a row, with its machine and time. */
export type Result = {
  readonly row: string;
  readonly title: string;
  readonly specification: string;
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
};

/** The folder of the latest committed result of each row. */
export const RESULTS_FOLDER = fileURLToPath(new URL('../results', import.meta.url));

/** Stores numbers with four significant digits: more would be noise in the figures and in the history. */
const KEPT_DIGITS = 4;

export async function writeResult(folder: string, result: Result): Promise<void> {
  await mkdir(folder, { recursive: true });
  const text = JSON.stringify(
    result,
    (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(KEPT_DIGITS)) : value),
    2,
  );
  await writeFile(join(folder, `${result.row}.json`), `${text}\n`);
}

/** Returns all results of a folder, by the names of their rows. */
export async function readResults(folder: string): Promise<Result[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
  return await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Result));
}

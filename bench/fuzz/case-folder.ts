import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FuzzCase } from './fuzz-case.ts';

const FILES = { json: 'case.json', request: 'request.http', source: 'source.bin', finding: 'finding.txt' } as const;

/** Writes a case into its own folder below `folder`: request and source as bytes, the rest JSON. Returns its path. */
export async function writeCase(folder: string, fuzzCase: FuzzCase, finding: string): Promise<string> {
  const path = join(folder, `${fuzzCase.kind}-${fuzzCase.seed}`);
  const { bytes, source, ...rest } = fuzzCase;
  await mkdir(path, { recursive: true });
  await writeFile(join(path, FILES.request), bytes);
  if (source !== undefined) await writeFile(join(path, FILES.source), source.bytes);
  await writeFile(join(path, FILES.json), JSON.stringify({ ...rest, behaviour: source?.behaviour }, null, 2));
  await writeFile(join(path, FILES.finding), `${finding}\n`);
  return path;
}

/** Returns the cases below a folder, or the folder's own case. Throws an Error when there is none. */
export async function readCases(folder: string): Promise<FuzzCase[]> {
  if (existsSync(join(folder, FILES.json))) return [await readCase(folder)];
  const entries = await readdir(folder, { withFileTypes: true });
  const paths = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const cases = paths.filter((path) => existsSync(join(path, FILES.json))).toSorted();
  if (cases.length === 0) throw new Error(`there is no case in ${folder}`);
  return await Promise.all(cases.map(readCase));
}

async function readCase(path: string): Promise<FuzzCase> {
  const { behaviour, ...rest } = JSON.parse(await readFile(join(path, FILES.json), 'utf8'));
  const bytes = await readFile(join(path, FILES.request));
  if (behaviour === undefined) return { ...rest, bytes };
  return { ...rest, bytes, source: { behaviour, bytes: await readFile(join(path, FILES.source)) } };
}

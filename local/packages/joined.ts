import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MODULES = new URL('../../node_modules/', import.meta.url);
/** What the joined packages are made of: the installed packages, and the program that joins them. */
const MADE_OF = [new URL('.package-lock.json', NODE_MODULES), new URL('join.ts', import.meta.url)];

/** `npm ci` deletes it with the packages. */
export const JOINED_FOLDERS = fileURLToPath(new URL('.cache/packages/', NODE_MODULES));

/** Returns the folder of the joined packages of this installation. It appears whole or not at all. */
export function joinedFolder(): string {
  const states = MADE_OF.map((file) => statSync(file)).map(({ mtimeMs, size }) => `${mtimeMs} ${size}`);
  return `${JOINED_FOLDERS}${createHash('sha256').update(states.join()).digest('hex').slice(0, 16)}/`;
}

/** In the folder: the file of each package, by the name in imports. */
export const MANIFEST = 'manifest.json';

/** Returns the URL of each joined package, by the name in imports; none if they are missing. */
export function joinedPackages(): ReadonlyMap<string, string> {
  try {
    const folder = joinedFolder();
    const files = JSON.parse(readFileSync(folder + MANIFEST, 'utf8')) as Record<string, string>;
    return new Map(Object.entries(files).map(([name, file]) => [name, pathToFileURL(folder + file).href]));
  } catch {
    return new Map();
  }
}

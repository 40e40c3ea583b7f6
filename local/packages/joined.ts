import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MODULES = new URL('../../node_modules/', import.meta.url);

/** The folder of the joined packages. `npm ci` deletes it with the packages. */
export const JOINED_FOLDER = fileURLToPath(new URL('.cache/packages/', NODE_MODULES));
export const MANIFEST = `${JOINED_FOLDER}manifest.json`;

export type Manifest = {
  /** The installation whose packages were joined. */
  readonly installation: string;
  /** The file of each package, by the name in imports. */
  readonly files: Readonly<Record<string, string>>;
};

/** Returns what changes with each change of the installed packages. */
export function currentInstallation(): string {
  const { mtimeMs, size } = statSync(new URL('.package-lock.json', NODE_MODULES));
  return `${mtimeMs} ${size}`;
}

/** Returns the URL of each joined package, by the name in imports; none if they are missing or out of date. */
export function joinedPackages(): ReadonlyMap<string, string> {
  try {
    const { installation, files } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest;
    if (installation !== currentInstallation()) return new Map();
    return new Map(Object.entries(files).map(([name, file]) => [name, pathToFileURL(JOINED_FOLDER + file).href]));
  } catch {
    return new Map();
  }
}

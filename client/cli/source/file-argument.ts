import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Returns the absolute path of an argument that is a file of this machine, also as a file: URL; undefined for another URL. */
export function fileOf(argument: string): string | undefined {
  if (/^file:\/\//i.test(argument)) return fileURLToPath(argument);
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(argument) ? undefined : resolve(argument);
}

/** Returns whether an argument is the name of an existing file of this machine. */
export function isFile(argument: string): boolean {
  const file = fileOf(argument);
  return file !== undefined && statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

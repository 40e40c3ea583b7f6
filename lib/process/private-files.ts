import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Makes a folder that other users cannot read, or closes an existing one. They may still pass through an existing one.
 * Throws an Error for a folder that is open to others and belongs to one of them.
 */
export function providePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { mode } = statSync(path);
  if ((mode & 0o066) === 0) return;
  try {
    chmodSync(path, mode & 0o711);
  } catch (cause) {
    throw new Error(`${path} is open to other users, and belongs to one of them: name another folder in DATA_DIR`, {
      cause,
    });
  }
}

/**
 * Returns the text of a file that only this user can read. The first call makes the text; when processes start together,
 * all of them return the text of the first one.
 */
export function textKeptIn(file: string, make: () => string): string {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, make(), { mode: 0o600 });
  try {
    linkSync(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
  return readFileSync(file, 'utf8');
}

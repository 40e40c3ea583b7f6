import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A separate small file system. Disposing unmounts it. */
export type SmallDisk = Disposable & {
  readonly path: string;
  /** Fills all the remaining space. */
  fill(): void;
  free(): void;
};

const PIECES = [1 << 20, 4_096];

/** Mounts a small tmpfs at a path. Returns undefined where that is not allowed. */
export function mountSmallDisk(path: string, megabytes: number): SmallDisk | undefined {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    fill() {
      const file = openSync(ballast, 'a');
      for (const bytes of PIECES) while (writesAll(file, bytes));
      closeSync(file);
    },
    free: () => rmSync(ballast, { force: true }),
    // Lazily, because a process that was just killed may still have files open there.
    [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', path]),
  };
}

function writesAll(file: number, bytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(bytes)) === bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    return false;
  }
}

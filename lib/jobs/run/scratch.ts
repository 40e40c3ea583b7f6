import { chmod, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, PROCESS_MARK, processMark } from '#lib/work/process-mark.ts';
import { diskFull } from './failures.ts';

export type ScratchOptions = {
  /** The folder of temporary files. */
  readonly directory: string;
  /** The process that runs the attempt. */
  readonly instance: string;
  readonly jobId: string;
  readonly attempt: number;
};

/** The folders of an attempt. The programs of ffmpeg work in `path` and name files from there: `inputs/a`. */
export type Scratch = {
  readonly path: string;
  /** Throws OVERLOADED `{reason: 'disk'}` when `bytes` more do not fit in the free space less a tenth. */
  requireRoom(bytes: number): Promise<void>;
  /** Returns the bytes of all files in a folder. */
  bytesIn(folder: ScratchFolder): Promise<number>;
  /** Deletes all files of a folder. */
  empty(folder: ScratchFolder): Promise<void>;
  remove(): Promise<void>;
};

export type ScratchFolder = 'inputs' | 'outputs';

const FREE_SHARE = 0.9;

/**
 * Makes the folders of an attempt. Only this user reaches them by their path. A confined ffmpeg may be another user: it
 * starts in `path`, from where it can read the inputs and write to the outputs.
 */
export async function createScratch({ directory, instance, jobId, attempt }: ScratchOptions): Promise<Scratch> {
  return await scratchIn(join(directory, `job-${instance}-${jobId}-${attempt}-${processMark()}`));
}

/** Makes the folders within `guard`, which need not exist and is removed with them. */
export async function scratchIn(guard: string): Promise<Scratch> {
  const path = join(guard, 'files');
  await mkdir(guard, { mode: 0o700, recursive: true });
  // The modes of new folders are subject to the umask.
  for (const [folder, mode] of [
    [path, 0o755],
    [join(path, 'inputs'), 0o755],
    [join(path, 'outputs'), 0o777],
  ] as const) {
    await mkdir(folder, { recursive: true });
    await chmod(folder, mode);
  }
  return {
    path,
    async requireRoom(bytes) {
      const { bavail, bsize } = await statfs(guard);
      const free = Math.floor(bavail * bsize * FREE_SHARE);
      if (bytes > free) throw diskFull({ needed_bytes: bytes, free_bytes: free });
    },
    bytesIn: (folder) => bytesOf(join(path, folder)),
    async empty(folder) {
      const names = await readdir(join(path, folder));
      await Promise.all(names.map((name) => rm(join(path, folder, name), { force: true })));
    },
    remove: () => rm(guard, { recursive: true, force: true }),
  };
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const NAME = new RegExp(`^job-(${UUID})-${UUID}-\\d+(?:-(${PROCESS_MARK}))?$`);

/**
 * Removes the folders of attempts whose process is no longer alive. Returns their number. `liveInstances`: those of this
 * system, also on other machines that share the folder; a process of this machine may belong to another system, with a
 * database of its own.
 */
export async function sweepScratch(directory: string, liveInstances: ReadonlySet<string>): Promise<number> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const dead = names.filter((name) => {
    const [, instance, mark = ''] = NAME.exec(name) ?? [];
    return instance !== undefined && !liveInstances.has(instance) && !isRunning(mark);
  });
  await Promise.all(dead.map((name) => rm(join(directory, name), { recursive: true, force: true })));
  return dead.length;
}

async function bytesOf(folder: string): Promise<number> {
  const names = await readdir(folder);
  // A file may be removed in between.
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

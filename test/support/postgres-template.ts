import { execFile } from 'node:child_process';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { prepareCluster } from '../../local/postgres/cluster.ts';
import { findInstallation } from '../../local/postgres/installation.ts';
import { type ScratchFolder, scratchFolder } from './scratch-folder.ts';

/** Lets the processes of this run copy one initialised database cluster; `using` removes it. */
export function provideTemplate(): Disposable {
  const folder = scratchFolder();
  process.env['POSTGRES_TEMPLATE'] = folder.file('template');
  return {
    [Symbol.dispose]() {
      delete process.env['POSTGRES_TEMPLATE'];
      folder[Symbol.dispose]();
    },
  };
}

/** Copies the cluster of this run, if it has one, to where `startServer` finds it. The first call initialises it. */
export async function copyCluster(target: ScratchFolder, path: string): Promise<void> {
  const template = process.env['POSTGRES_TEMPLATE'];
  if (template === undefined) return;
  if (!(await exists(template))) await initialise(template, path);
  // Half of the CPU time of Node's own copy, and the owner stays.
  await promisify(execFile)('cp', ['-a', template, target.file('postgres')]);
}

/** Processes that start at the same time each initialise a cluster; the first to finish provides it. */
async function initialise(template: string, path: string): Promise<void> {
  const own = `${template}.${process.pid}`;
  await mkdir(own);
  await prepareCluster(await findInstallation(dirname(template), path), `${own}/postgres`);
  await rename(`${own}/postgres`, template).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  await rm(own, { recursive: true });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { scratchFolder } from './scratch-folder.ts';

const POLL_MS = 50;

/** Lets the processes of this run share what one of them builds; `using` removes it. */
export function provideBuilds(): Disposable {
  const folder = scratchFolder();
  process.env['TEST_BUILDS'] = folder.path;
  return {
    [Symbol.dispose]() {
      delete process.env['TEST_BUILDS'];
      folder[Symbol.dispose]();
    },
  };
}

/**
 * Returns a folder that `build` has filled. The first process of this run that calls it builds, the others wait, and all
 * only read. A process outside a run, such as `node --test FILE`, builds its own, which it removes when it exits.
 */
export async function builtOnce(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(process.env['TEST_BUILDS'] ?? ownFolder(), name);
  while (!existsSync(folder)) {
    const isBuilder = await writeFile(`${folder}.pid`, `${process.pid}`, { flag: 'wx' }).then(
      () => true,
      () => false,
    );
    if (isBuilder) await fill(folder, build);
    else await builderOf(folder);
  }
  return folder;
}

async function fill(folder: string, build: (folder: string) => Promise<void>): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  try {
    // Another process may have finished since the last look.
    if (existsSync(folder)) return;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    await build(unfinished);
    await rename(unfinished, folder);
  } finally {
    await rm(`${folder}.pid`, { force: true });
  }
}

/** Resolves when the folder is built, or its builder has failed or ended: then another process builds it. */
async function builderOf(folder: string): Promise<void> {
  const pid = Number(await readFile(`${folder}.pid`, 'utf8').catch(() => ''));
  if (pid > 0 && !existsSync(`/proc/${pid}`)) await rm(`${folder}.pid`, { force: true });
  await delay(POLL_MS);
}

let own: string | undefined;

function ownFolder(): string {
  if (own !== undefined) return own;
  const folder = scratchFolder();
  process.once('exit', () => folder[Symbol.dispose]());
  own = folder.path;
  return own;
}

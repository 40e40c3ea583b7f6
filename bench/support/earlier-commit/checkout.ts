import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { HostProgram } from '../part.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { isSatisfiedBy, type LockFile } from './lock-file.ts';

/** The files of an earlier commit, including its host, in a temporary folder. Disposing removes the folder. */
export type EarlierCommit = Disposable & { readonly commit: string; readonly host: HostProgram };

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Creates a copy of a commit that uses the same packages and layers as this checkout. Throws an Error when git does not
 * have the commit (a shallow clone, no clone at all), or when its host cannot run.
 */
export async function checkOut(name: string): Promise<EarlierCommit> {
  const commit = shortHash(name);
  using parts = new DisposableStack();
  const folder = parts.use(temporaryFolder());
  const root = join(folder.path, 'checkout');
  unpack(commit, { archive: join(folder.path, 'commit.tar'), root });
  providePackages(root);
  linkLayers(root);
  const host = await hostOf(root, commit);
  const owned = parts.move();
  // A separate cache, because its modules would stay in this checkout's cache forever.
  const environment = { ...host.environment, NODE_COMPILE_CACHE: join(folder.path, 'compile-cache') };
  return { commit, host: { ...host, environment }, [Symbol.dispose]: () => owned.dispose() };
}

function shortHash(name: string): string {
  try {
    return git('rev-parse', '--short', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`).trim();
  } catch (cause) {
    throw new Error(`git has no commit ${name} here`, { cause });
  }
}

/** Uses an archive, not a git worktree, so that removing the folder leaves nothing in the repository. */
function unpack(commit: string, { archive, root }: { archive: string; root: string }): void {
  git('archive', '--format=tar', `--output=${archive}`, commit);
  mkdirSync(root);
  execFileSync('tar', ['-xf', archive, '-C', root]);
}

function git(...args: readonly string[]): string {
  return execFileSync('git', ['-C', PROJECT, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Uses the packages of this checkout if they are the same, else installs the commit's own. */
function providePackages(root: string): void {
  if (isSatisfiedBy(lockFileOf(root), lockFileOf(PROJECT))) {
    symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
    return;
  }
  const options = ['--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['ci', ...options], { cwd: root, stdio: ['ignore', 2, 2] });
}

function lockFileOf(root: string): LockFile {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
}

/** The commit may lack layers, and this checkout may not have built all of them. */
function linkLayers(root: string): void {
  for (const layer of readdirSync(join(PROJECT, 'layers'))) {
    const built = join(PROJECT, 'layers', layer, 'dist');
    if (existsSync(built) && existsSync(join(root, 'layers', layer))) {
      symlinkSync(built, join(root, 'layers', layer, 'dist'));
    }
  }
}

/** Finds the file, which has the same name but not the same folder in every commit. */
async function hostOf(root: string, commit: string): Promise<HostProgram> {
  const [file] = globSync('local/**/host-process.ts', { cwd: root });
  if (file === undefined) throw new Error(`commit ${commit} has no host-process.ts in local/`);
  const { HOST_PROCESS } = (await import(pathToFileURL(join(root, file)).href)) as { HOST_PROCESS: HostProgram };
  return HOST_PROCESS;
}

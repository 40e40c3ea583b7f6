import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerRecipe } from './recipe.ts';

/** A shared object of this machine that becomes part of a layer. */
export type RuntimeObject = {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  /** Debian's package and its version; undefined on another distribution. */
  readonly package: string | undefined;
};

/** Locates each shared object with the compiler. Throws an Error that names one that does not exist. */
export function runtimeObjects(names: readonly string[]): Promise<RuntimeObject[]> {
  return Promise.all(
    names.map(async (name) => {
      const found = execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
      if (found === name) throw new Error(`the compiler has no ${name}`);
      const path = await realpath(found);
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      return { name, path, sha256, package: debianPackage([found, path]) };
    }),
  );
}

/** Also tries the path without /usr, which may be the only one that dpkg knows. */
function debianPackage(paths: readonly string[]): string | undefined {
  for (const path of paths.flatMap((path) => [path, path.replace(/^\/usr(?=\/lib)/, '')])) {
    try {
      const [owner = ''] = execFileSync('dpkg', ['-S', path], { encoding: 'utf8', stdio: 'pipe' }).split(': ');
      return execFileSync('dpkg-query', ['-W', owner], { encoding: 'utf8' }).trim().replace('\t', ' ');
    } catch {}
  }
  return undefined;
}

/** Returns a key of everything that affects the bytes: recipe, own files, compiler and the machine's shared objects. */
export async function layerKey(
  recipe: LayerRecipe,
  { directory, runtime }: { readonly directory: string; readonly runtime: readonly RuntimeObject[] },
): Promise<string> {
  const read = (file: string) => readFile(join(directory, file), 'utf8');
  const patches = await Promise.all(recipe.patches.map(({ file }) => read(join('patches', file))));
  const compiler = ['gcc', 'nasm'].map(
    (tool) => execFileSync(tool, ['--version'], { encoding: 'utf8' }).split('\n')[0],
  );
  const own = await Promise.all((recipe.own ?? []).map(read));
  const more = own.length + runtime.length === 0 ? [] : [own, runtime.map(({ name, sha256 }) => [name, sha256])];
  return createHash('sha256')
    .update(JSON.stringify([recipe, patches, compiler, ...more]))
    .digest('hex')
    .slice(0, 16);
}

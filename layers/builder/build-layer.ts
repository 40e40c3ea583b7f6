import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type CommandOptions, run } from './command.ts';
import { DEBIAN_MIRROR, type DebianSource, fetchSource } from './debian-source.ts';
import type { LayerRecipe, Step } from './recipe.ts';

export type BuildOptions = {
  /** The layer's own folder: patches in it, `dist` made in it. */
  readonly directory: string;
  /** Sources and finished layers are kept there. */
  readonly cache: string;
  readonly report: (line: string) => void;
};

/** Makes a layer's `dist`, or takes it from the cache when this recipe has been built with this compiler before. */
export async function buildLayer(recipe: LayerRecipe, { directory, cache, report }: BuildOptions): Promise<string> {
  requireTools();
  const key = await keyOf(recipe, directory);
  const dist = join(directory, 'dist');
  const kept = join(cache, 'layers', `${recipe.name}-${key}`);
  if ((await readFile(join(kept, 'RECIPE.json')).catch(() => undefined)) === undefined) {
    const made = await build(recipe, { directory, cache, report });
    await mkdir(dirname(kept), { recursive: true });
    await rm(kept, { recursive: true, force: true });
    await rename(made, kept).catch(() => cp(made, kept, { recursive: true }));
  }
  await rm(dist, { recursive: true, force: true });
  await cp(kept, dist, { recursive: true });
  return dist;
}

async function build(recipe: LayerRecipe, { directory, cache, report }: BuildOptions): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), `${recipe.name}-`));
  const log = join(work, 'build.log');
  const options: CommandOptions = { directory: work, environment: buildEnvironment(), log };
  const archive = { mirror: DEBIAN_MIRROR, cacheDirectory: join(cache, 'sources') };
  report(`building in ${work}`);
  for (const source of recipe.sources) await unpack(source, { archive: await fetchSource(source, archive), options });
  for (const { source, file } of recipe.patches) {
    const patch = join(directory, 'patches', file);
    await run(['patch', '-p1', '-d', `src/${source}`, '-i', patch], options);
  }
  const made = join(work, 'dist');
  await mkdir(join(made, 'bin'), { recursive: true });
  for (const { name, built, steps } of recipe.binaries) {
    report(name);
    for (const step of steps) await take(step, { work, options });
    await cp(join(work, built), join(made, 'bin', name));
  }
  for (const licence of recipe.licences) await cp(join(work, 'src', licence), join(made, 'licences', licence));
  await writeFile(join(made, 'RECIPE.json'), `${JSON.stringify(recipe, null, 2)}\n`);
  const finished = join(dirname(work), `${basename(work)}-dist`);
  await rename(made, finished);
  await rm(work, { recursive: true, force: true });
  return finished;
}

async function unpack(
  { name }: DebianSource,
  { archive, options }: { archive: string; options: CommandOptions },
): Promise<void> {
  await mkdir(join(options.directory, 'src', name), { recursive: true });
  await run(['tar', '-xf', archive, '-C', `src/${name}`, '--strip-components=1'], options);
}

async function take(
  { directory, command, environment }: Step,
  { work, options }: { work: string; options: CommandOptions },
): Promise<void> {
  const fill = (text: string): string =>
    text.replace(/^JOBS$/, String(availableParallelism())).replaceAll('WORK/', `${work}/`);
  const filled = command.map(fill) as unknown as Step['command'];
  const own = Object.fromEntries(
    Object.entries(environment ?? {}).map(([name, value]) => [name, fill(`${value}/`).slice(0, -1)]),
  );
  await mkdir(join(work, directory), { recursive: true });
  await run(filled, { ...options, directory: join(work, directory), environment: { ...options.environment, ...own } });
}

/** Nothing of the machine's own settings, and no time but one. */
function buildEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', SOURCE_DATE_EPOCH: '1', ZERO_AR_DATE: '1' };
}

/** The program that a build needs, and Debian's package that has it. */
const TOOLS = {
  gcc: 'build-essential',
  'g++': 'build-essential',
  make: 'build-essential',
  nasm: 'nasm',
  'pkg-config': 'pkg-config',
  patch: 'patch',
  xz: 'xz-utils',
} as const;

function requireTools(): void {
  const missing = Object.entries(TOOLS).filter(([tool]) => !canRun(tool));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  throw new Error(`${missing.map(([tool]) => tool).join(', ')} missing: apt-get install ${packages}`);
}

function canRun(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The recipe, its patches and the compiler: what the bytes depend on. */
async function keyOf(recipe: LayerRecipe, directory: string): Promise<string> {
  const patches = await Promise.all(
    recipe.patches.map(({ file }) => readFile(join(directory, 'patches', file), 'utf8')),
  );
  const compiler = ['gcc', 'nasm'].map(
    (tool) => execFileSync(tool, ['--version'], { encoding: 'utf8' }).split('\n')[0],
  );
  return createHash('sha256')
    .update(JSON.stringify([recipe, patches, compiler]))
    .digest('hex')
    .slice(0, 16);
}

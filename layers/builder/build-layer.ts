import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type CommandOptions, run } from './command.ts';
import { DEBIAN_MIRROR } from './debian-source.ts';
import { copyInto, isWhole, keepLayer } from './layer-cache.ts';
import { layerKey, type RuntimeObject, runtimeObjects } from './layer-key.ts';
import { layerSize, sizeText } from './layer-size.ts';
import type { LayerRecipe, Step } from './recipe.ts';
import { COMPILER_TOOLS, machineInstaller, provideTools } from './tools.ts';
import { unpackSource } from './unpack-source.ts';

export type BuildOptions = {
  /** The layer's own folder, with its patches and files. The build creates `dist` in it. */
  readonly directory: string;
  /** The folder for sources and finished layers. */
  readonly cache: string;
  readonly report: (line: string) => void;
};

type Build = BuildOptions & { readonly runtime: readonly RuntimeObject[] };

/** Builds a layer's `dist`, or copies it from the cache when this compiler has built this recipe before. */
export async function buildLayer(recipe: LayerRecipe, options: BuildOptions): Promise<string> {
  const { directory, cache, report } = options;
  const installer = machineInstaller(report);
  // The key needs the compiler; the other tools are only needed for a build.
  provideTools(COMPILER_TOOLS, installer);
  const runtime = await runtimeObjects(recipe.runtime ?? []);
  const key = await layerKey(recipe, { directory, runtime });
  const dist = join(directory, 'dist');
  const kept = join(cache, 'layers', `${recipe.name}-${key}`);
  if (await isWhole(kept)) {
    report(`${recipe.name}: already built with this recipe and compiler; copied from ${kept}`);
  } else {
    provideTools(recipe.tools ?? {}, installer);
    await keepLayer(await build(recipe, { ...options, runtime }), kept);
  }
  await copyInto(kept, dist);
  return dist;
}

async function build(recipe: LayerRecipe, { directory, cache, report, runtime }: Build): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), `${recipe.name}-`));
  const log = join(work, 'build.log');
  const options: CommandOptions = { directory: work, environment: buildEnvironment(), log };
  const parts = recipe.parts ?? [];
  const count = 1 + parts.length + recipe.binaries.filter(({ steps }) => steps.length > 0).length;
  let begunParts = 0;
  const timed = async (name: string, act: () => Promise<void>): Promise<void> => {
    begunParts += 1;
    const part = `${recipe.name}: part ${begunParts} of ${count}, ${name}`;
    const since = performance.now();
    report(part);
    await act();
    report(`${part}: done in ${secondsSince(since)} s`);
  };
  const takeAll = async (steps: readonly Step[]): Promise<void> => {
    for (const step of steps) await take(step, { work, options });
  };
  const begun = performance.now();
  report(`${recipe.name}: not built yet with this recipe and compiler; building it from source, which takes minutes`);
  report(`${recipe.name}: the output of the compilers is in ${log}`);
  await timed(`${recipe.sources.length} source archives`, async () => {
    const archive = { mirror: DEBIAN_MIRROR, cacheDirectory: join(cache, 'sources') };
    for (const source of recipe.sources) await unpackSource(source, { archive, options });
    for (const { source, file } of recipe.patches) {
      const patch = join(directory, 'patches', file);
      await run(['patch', '-p1', '-d', `src/${source}`, '-i', patch], options);
    }
  });
  for (const file of recipe.own ?? []) await cp(join(directory, file), join(work, 'own', file));
  for (const { name, steps } of parts) await timed(name, () => takeAll(steps));
  const made = join(work, 'dist');
  await mkdir(join(made, 'bin'), { recursive: true });
  for (const { name, built, steps } of recipe.binaries) {
    if (steps.length > 0) await timed(name, () => takeAll(steps));
    await cp(join(work, built), join(made, 'bin', name));
  }
  for (const licence of recipe.licences) await cp(join(work, 'src', licence), join(made, 'licences', licence));
  for (const { from, to } of recipe.files ?? []) await cp(join(work, from), join(made, to), { dereference: true });
  for (const object of runtime) await takeAlong(object, made);
  await writeFile(join(made, 'RECIPE.json'), `${JSON.stringify(recordOf(recipe, runtime), null, 2)}\n`);
  const finished = join(dirname(work), `${basename(work)}-dist`);
  await rename(made, finished);
  await rm(work, { recursive: true, force: true });
  report(`${recipe.name}: ${sizeText(await layerSize(finished))}, built in ${secondsSince(begun)} s`);
  return finished;
}

/** Copies a shared object of this machine and, on Debian, the licence of its package. */
async function takeAlong({ name, path, package: owner }: RuntimeObject, layer: string): Promise<void> {
  await cp(path, join(layer, 'lib', name));
  if (owner === undefined) return;
  const packageName = owner.replace(/[: ].*/, '');
  await cp(`/usr/share/doc/${packageName}/copyright`, join(layer, 'licences', packageName, 'copyright'));
}

function secondsSince(begun: number): string {
  return ((performance.now() - begun) / 1_000).toFixed(1);
}

/** Returns the content of `RECIPE.json`: the layer's recipe and sources. */
function recordOf(recipe: LayerRecipe, runtime: readonly RuntimeObject[]): object {
  return runtime.length === 0 ? recipe : { ...recipe, runtime: runtime.map(({ path: _, ...object }) => object) };
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

/** Returns an environment without this machine's settings and with a fixed time. */
function buildEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', SOURCE_DATE_EPOCH: '1', ZERO_AR_DATE: '1' };
}

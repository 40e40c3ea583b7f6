import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { folderEntries } from './folder-entries.ts';
import { functionFiles } from './function-files.ts';
import type { FunctionObject, LayerObject, Serverless } from './serverless.ts';
import { type PackagedFunction, type PackagedLayer, sizeTable } from './sizes.ts';
import { writeZip, type ZipEntry } from './zip.ts';

/** The folder where the framework expects its packages. */
const OUTPUT = '.serverless';

/**
 * Creates a zip of each function and each layer, and passes them to the framework. Returns a table of their sizes.
 * Throws an Error when a layer is not built, or when a function with its layers is too large for the platform.
 */
export async function packageArtifacts({ serviceDir: root, service }: Serverless): Promise<string[]> {
  const output = join(root, OUTPUT);
  await mkdir(output, { recursive: true });
  const layers = await Promise.all(
    Object.entries(service.layers ?? {}).map(([name, layer]) => packageLayer(name, layer, { root, output })),
  );
  const functions = await Promise.all(
    Object.entries(service.functions).map(([name, definition]) => packageFunction(name, definition, { root, output })),
  );
  return sizeTable({ functions, layers });
}

type Folders = { readonly root: string; readonly output: string };

async function packageLayer(name: string, layer: LayerObject, { root, output }: Folders): Promise<PackagedLayer> {
  const entries = await folderEntries(join(root, layer.path)).catch((cause: unknown) => {
    throw new Error(`the layer ${name} is not built (${layer.path}): run npm run build:layers`, { cause });
  });
  const artifact = join(output, `${name}.zip`);
  layer.package = { artifact };
  return { name, ...(await writeZip(artifact, entries)) };
}

async function packageFunction(
  name: string,
  definition: FunctionObject,
  { root, output }: Folders,
): Promise<PackagedFunction> {
  // `serverless offline` loads this plugin too, but needs no bundler.
  const { bundleFunction } = await import('./bundle.ts');
  const { entries, sourceMaps } = await bundleFunction(root, definition.handler);
  const files = await functionFiles(root, definition.package?.patterns);
  await writeFiles(join(output, 'source-maps', name), sourceMaps);
  const artifact = join(output, `${name}.zip`);
  definition.package = { ...definition.package, artifact };
  return { name, layers: layerNames(definition), ...(await writeZip(artifact, [...entries, ...files])) };
}

/** The framework's name for a layer of serverless.yml, with its suffix. */
const LAYER_REFERENCE = /^(\w+)LambdaLayer$/;

function layerNames({ layers = [] }: FunctionObject): string[] {
  return layers.flatMap((reference) => {
    const [, name] = LAYER_REFERENCE.exec(typeof reference === 'string' ? '' : (reference.Ref ?? '')) ?? [];
    return name === undefined ? [] : [`${name.charAt(0).toLowerCase()}${name.slice(1)}`];
  });
}

async function writeFiles(folder: string, files: readonly ZipEntry[]): Promise<void> {
  for (const { path, bytes } of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}

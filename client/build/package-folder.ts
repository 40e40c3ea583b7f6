import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { z } from 'zod';
import { FILTERS } from '#lib/playback/filter-fields.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { bundleDeclarations } from './declaration-bundle.ts';
import { schemaType } from './schema-type.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OLDEST_NODE = 20;
const ENTRY = 'client/published.ts';
const TYPESCRIPT = join(ROOT, 'node_modules', '.bin', 'tsc');
const run = promisify(execFile);

/**
 * Builds the folder of the npm package: the client and the command `ffn` as JavaScript without dependencies, and the
 * client's type declarations. Deletes the previous contents of the folder. Throws compiler and bundler errors.
 */
export async function makePackageFolder(folder: string): Promise<void> {
  const [declarations, packages] = await Promise.all([clientDeclarations(), makeProgramFolder(folder)]);
  await Promise.all([
    writeFile(join(folder, 'THIRD-PARTY-LICENCES.txt'), await thirdPartyLicences(packages)),
    writeFile(join(folder, 'client.d.ts'), declarations),
    copyFile(join(ROOT, 'LICENSE'), join(folder, 'LICENSE')),
    copyFile(join(ROOT, 'client/README.md'), join(folder, 'README.md')),
  ]);
}

/** Builds the part of that folder that runs: the code and the manifest. Returns the names of the bundled packages. */
export async function makeProgramFolder(folder: string): Promise<string[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const packages = await bundleTo(folder);
  await Promise.all([
    writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`),
    chmod(join(folder, 'ffn.js'), 0o755),
  ]);
  return packages;
}

/** Returns the package's manifest: only the fields of the repository's manifest that users need. */
function manifest(): object {
  const { name, version, license, type } = packageJson;
  return {
    name,
    version,
    description: 'The client of ffmpeg-functions: audio streams that continue when the service fails',
    license,
    type,
    engines: { node: `>=${OLDEST_NODE}` },
    exports: { './client': { types: './client.d.ts', default: './client.js' }, './package.json': './package.json' },
    bin: { ffn: './ffn.js' },
    peerDependencies: { '@types/node': '*' },
    peerDependenciesMeta: { '@types/node': { optional: true } },
  };
}

/** Bundles the client and `ffn`. Returns the names of the bundled packages. */
async function bundleTo(folder: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { client: ENTRY, ffn: 'client/cli/ffn.ts' },
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: 'shared-[hash]',
    format: 'esm',
    platform: 'node',
    target: `node${OLDEST_NODE}`,
    mainFields: ['module', 'main'],
    define: { 'Promise.withResolvers': 'promiseWithResolvers' },
    inject: ['client/build/with-resolvers.ts'],
    // An optional package that is looked up at run time.
    external: ['ffmpeg-static'],
    minify: true,
    // Stack traces and checks of an error's class name need the original names.
    keepNames: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const names = Object.keys(metafile.inputs).map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}

/** Returns the licences of the bundled packages, which require a copy. */
async function thirdPartyLicences(names: readonly string[]): Promise<string> {
  const texts = names.map(async (name) => {
    const folder = join(ROOT, 'node_modules', name);
    const file = (await readdir(folder)).find((each) => /^licen[cs]e(\.md|\.txt)?$/i.test(each));
    if (file === undefined) throw new Error(`${name} has no licence file`);
    return `${name}\n\n${await readFile(join(folder, file), 'utf8')}`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}

async function clientDeclarations(): Promise<string> {
  const emitted = await mkdtemp(join(tmpdir(), 'ffmpeg-functions-types-'));
  try {
    await run(TYPESCRIPT, ['-p', 'client/build', '--outDir', emitted], { cwd: ROOT });
    return bundleDeclarations({
      entry: ENTRY,
      read: (module) => readFileSync(join(emitted, module.replace(/\.ts$/, '.d.ts')), 'utf8'),
      instead: {
        Filters: `/** Filters, as requests and responses write them. */\nexport type Filters = ${typeOf(FILTERS, 'output')};\n`,
        TranscodeRequest: `/** The body of \`POST /transcode\`. */\nexport type TranscodeRequest = ${typeOf(TRANSCODE_REQUEST, 'input')};\n`,
      },
    });
  } finally {
    await rm(emitted, { recursive: true });
  }
}

/** Returns the TypeScript type of a schema's input or output. */
function typeOf(schema: z.ZodType, io: 'input' | 'output'): string {
  return schemaType(z.toJSONSchema(schema, { io }) as Parameters<typeof schemaType>[0]);
}

import { relative } from 'node:path';
import { build } from 'esbuild';
import type { ZipEntry } from './zip.ts';

export type Bundle = {
  /** The function's modules, at the paths that serverless.yml names. */
  readonly entries: readonly ZipEntry[];
  /** Source maps for stack traces, kept outside the zip so that they do not slow cold starts. */
  readonly sourceMaps: readonly ZipEntry[];
};

/** Packages in CommonJS load Node's own modules with `require`, which ES modules do not have. */
const REQUIRE = `import { createRequire as requireOfBundle } from 'node:module';
const require = requireOfBundle(import.meta.url);`;

/**
 * Bundles one function as modules that need no node_modules. Dynamic imports stay separate modules, loaded on use.
 * The same source produces the same bytes. Throws esbuild's errors.
 */
export async function bundleFunction(root: string, handler: string): Promise<Bundle> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`${handler.slice(0, handler.lastIndexOf('.'))}.ts`],
    outbase: root,
    outdir: root,
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Prefers a package's ES modules: unused code can be left out, and lazy code stays lazy.
    mainFields: ['module', 'main'],
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // The hash covers paths: a node_modules that is a link must produce the same hash.
    preserveSymlinks: true,
    outExtension: { '.js': '.mjs' },
    banner: { js: REQUIRE },
    // An optional binding of pg, not installed.
    external: ['pg-native'],
    minify: true,
    // Keeps the source's names for stack traces and for code that reads the name of an error's class.
    keepNames: true,
    legalComments: 'none',
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'warning',
  });
  const files = outputFiles.map(({ path, contents }) => ({ path: relative(root, path), bytes: contents }));
  return {
    entries: files.filter(({ path }) => !path.endsWith('.map')),
    sourceMaps: files.filter(({ path }) => path.endsWith('.map')),
  };
}

import { relative } from 'node:path';
import { build } from 'esbuild';
import type { ZipEntry } from './zip.ts';

export type Bundle = {
  /** What the function is, its path in the zip being that of serverless.yml's handler. */
  readonly entries: readonly ZipEntry[];
  /** What turns a stack trace back into source; kept beside the zip, where it costs no cold start. */
  readonly sourceMaps: readonly ZipEntry[];
};

/** Packages in CommonJS ask for Node's own modules by `require`, which a module does not have. */
const REQUIRE = `import { createRequire as requireOfBundle } from 'node:module';
const require = requireOfBundle(import.meta.url);`;

/**
 * One function as modules that need no node_modules. What is imported on use stays apart, and is loaded on use.
 * The same source gives the same bytes. Throws what esbuild finds wrong.
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
    // Packages that bring modules too are taken as such: what is unused can be left out, and what is lazy stays so.
    mainFields: ['module', 'main'],
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // The hash is of paths too: a node_modules that is a link is as good as any other.
    preserveSymlinks: true,
    outExtension: { '.js': '.mjs' },
    banner: { js: REQUIRE },
    // A binding for pg that nobody installs.
    external: ['pg-native'],
    minify: true,
    // Stack traces, and what asks an error for its class, get the names of the source.
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

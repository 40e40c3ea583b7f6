import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import packageJson from '../../package.json' with { type: 'json' };

/** Programs that run on your own server after `npm ci --omit=dev` (docs/guides/vps.md). */
const PROGRAMS = [
  ...['local/host.ts', 'local/keys.ts', 'local/packages/join.ts', 'local/packages/preload.ts'],
  ...['runner/run.ts', 'layers/build.ts'],
];
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Returns the packages that a program imports, directly or indirectly. */
async function packagesOf(program: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [program, 'handlers/*.ts'],
    outdir: 'unused',
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
  const names = imported.flatMap(({ external, path }) => (external && !path.startsWith('node:') ? [path] : []));
  return [...new Set(names.map((path) => path.split('/', path.startsWith('@') ? 2 : 1).join('/')))];
}

for (const program of PROGRAMS) {
  test(`${program} needs no development dependency`, async () => {
    const names = await packagesOf(program);
    assert.ok(names.includes('zod'));
    assert.deepEqual(
      names.filter((name) => !(name in packageJson.dependencies)),
      [],
    );
  });
}

test('the Node version of the tests is installed as a dependency', () => {
  assert.ok('node' in packageJson.dependencies);
});

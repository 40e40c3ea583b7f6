import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JOINED_FOLDERS, joinedFolder, MANIFEST } from './joined.ts';

/**
 * `npm run build:packages`: joins the packages that the service loads into a few files, unless that is done. Node needs
 * time and memory for each of their thousand modules (docs/decisions/0074-packages-in-few-files.md).
 */
const PACKAGES = [
  ...['@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner', 'cockatiel', 'jose', 'kysely', 'kysely/migration'],
  ...['pg-boss', 'prom-client', 'rate-limiter-flexible', 'uuid', 'yaml', 'zod'],
] as const;

/** pg has an optional binding, and is imported by name too. */
const EXTERNAL = ['pg', 'pg-native'];

/** Packages in CommonJS load Node's own modules with `require`, which ES modules do not have. */
const REQUIRE = `import { createRequire as requireOfPackages } from 'node:module';
const require = requireOfPackages(import.meta.url);`;

const folder = joinedFolder();
if (!existsSync(folder)) await joinAll();

async function joinAll(): Promise<void> {
  const { build } = await import('esbuild');
  const unfinished = join(JOINED_FOLDERS, `unfinished-${process.pid}`);
  const entries = join(unfinished, 'entries');
  mkdirSync(entries, { recursive: true });
  for (const name of PACKAGES) writeFileSync(join(entries, fileOf(name)), await entryOf(name));
  await build({
    entryPoints: PACKAGES.map((name) => join(entries, fileOf(name))),
    outdir: unfinished,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Prefers a package's ES modules: unused code can be left out.
    mainFields: ['module', 'main'],
    // One copy of what several packages use.
    splitting: true,
    banner: { js: REQUIRE },
    external: EXTERNAL,
    // The names stay, for stack traces and for code that reads the name of a class.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  const files = Object.fromEntries(PACKAGES.map((name) => [name, fileOf(name)]));
  writeFileSync(join(unfinished, MANIFEST), JSON.stringify(files));
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    // Another process may have joined them meanwhile.
    if (!existsSync(folder)) throw error;
  }
}

function fileOf(name: string): string {
  return `${name.replaceAll('/', '__')}.js`;
}

/** Names every export: those of packages in CommonJS would not be found. There is no default export. */
async function entryOf(name: string): Promise<string> {
  const all = Object.keys((await import(name)) as object);
  const exported = all.filter((each) => /^[A-Za-z_$][\w$]*$/.test(each) && each !== 'default');
  return `export { ${exported.join(', ')} } from '${name}';\n`;
}

import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One deployed function. */
export type PackagedFunction = {
  readonly name: string;
  /** Its code, and its layers in the order of unpacking. */
  readonly zip: string;
  readonly layers: readonly string[];
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMiB: number;
  readonly temporaryMiB: number;
  /** Values of the template, including intrinsic functions. */
  readonly environment: Readonly<Record<string, unknown>>;
  /** Undefined for a function without a URL. */
  readonly invokeMode: 'BUFFERED' | 'RESPONSE_STREAM' | undefined;
};

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, '.serverless');
const TEMPLATE = join(FOLDER, 'cloudformation-template-update-stack.json');
/** The file with the digest of the packages' sources. */
export const KEY_FILE = join(FOLDER, 'sources.sha256');
const SOURCES = [
  'serverless.yml',
  'package.json',
  'package-lock.json',
  '{deploy,handlers,lib}/**/*.{ts,js,css,mjs,json,yml}',
  'local/emulator/serverless-plugin.ts',
  'layers/*/dist/RECIPE.json',
  'layers/*/dist/{bin,lib,libexec}/*',
];
/** The platform's defaults. */
const TIMEOUT_SECONDS = 3;
const MEMORY_MIB = 128;
const TEMPORARY_MIB = 512;

/** Returns a digest of all sources of the packages. */
export function sourcesKey(): string {
  const hash = createHash('sha256');
  for (const file of globSync(SOURCES, { cwd: ROOT }).toSorted())
    hash.update(file).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

export function areCurrent(): boolean {
  return existsSync(KEY_FILE) && readFileSync(KEY_FILE, 'utf8') === sourcesKey();
}

/** Returns the functions of the template, by their names in serverless.yml. */
export function readPackages(): Map<string, PackagedFunction> {
  const { Resources: resources } = JSON.parse(readFileSync(TEMPLATE, 'utf8')) as { Resources: Resources };
  const functions = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  return new Map(
    functions.map(([id, resource]) => toFunction(id, resource, resources)).map((made) => [made.name, made]),
  );
}

type Resource = { readonly Type: string; readonly Properties: Properties };
// biome-ignore lint/suspicious/noExplicitAny: a template is anything that CloudFormation accepts.
type Properties = Readonly<Record<string, any>>;
type Resources = Readonly<Record<string, Resource>>;

function toFunction(id: string, { Properties }: Resource, resources: Resources): PackagedFunction {
  const zip = zipOf(Properties['Code']);
  const url = Object.values(resources).find(
    (resource) => resource.Type === 'AWS::Lambda::Url' && JSON.stringify(resource.Properties).includes(`"${id}"`),
  );
  return {
    name: basename(zip, '.zip'),
    zip,
    layers: ((Properties['Layers'] ?? []) as { Ref: string }[]).map(({ Ref }) =>
      zipOf(resources[Ref]?.Properties['Content']),
    ),
    handler: Properties['Handler'],
    timeoutMs: (Properties['Timeout'] ?? TIMEOUT_SECONDS) * 1_000,
    memoryMiB: Properties['MemorySize'] ?? MEMORY_MIB,
    temporaryMiB: Properties['EphemeralStorage']?.Size ?? TEMPORARY_MIB,
    environment: Properties['Environment']?.Variables ?? {},
    invokeMode: url && (url.Properties['InvokeMode'] ?? 'BUFFERED'),
  };
}

function zipOf({ S3Key }: { readonly S3Key: string }): string {
  return join(FOLDER, basename(S3Key));
}

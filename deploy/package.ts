import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { startAbsentStack } from './absent-stack.ts';

/**
 * `npm run package [-- --stage prod --param name=value …]`: writes everything that is deployed to `.serverless/`. Needs
 * no credentials and, once the layers are built, no network.
 */
const ROOT = new URL('../', import.meta.url);

/** Layer folder → its name for `npm run build:layers`. */
const RECIPES: Readonly<Record<string, string>> = {
  'layers/launcher/dist': 'launcher',
  'layers/ffmpeg-audio/dist': 'audio',
  'layers/ffmpeg/dist': 'full',
};

/** Returns the layers of serverless.yml for the builder, which skips those that match by recipe and digest. */
function builtLayers(): string[] {
  const { layers = {} } = parse(readFileSync(new URL('serverless.yml', ROOT), 'utf8'), { logLevel: 'error' }) as {
    layers?: Record<string, { path: string }>;
  };
  return Object.values(layers)
    .filter(({ path }) => !existsSync(new URL(path, ROOT)) || existsSync(new URL(`${path}/RECIPE.json`, ROOT)))
    .flatMap(({ path }) => RECIPES[path] ?? []);
}

async function run(script: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, ROOT)), ...args], {
    cwd: fileURLToPath(ROOT),
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) process.exit(code ?? 1);
}

/** Removes the AWS account of this machine, if it has one. */
function withoutAccount(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')));
}

const layers = builtLayers();
if (layers.length > 0) await run('layers/build.ts', layers, process.env);

await using stack = await startAbsentStack();
await run('node_modules/serverless/bin/serverless.js', ['package', ...process.argv.slice(2)], {
  ...withoutAccount(process.env),
  AWS_ENDPOINT_URL: stack.url,
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  AWS_EC2_METADATA_DISABLED: 'true',
  SLS_TRACKING_DISABLED: '1',
  SLS_NOTIFICATIONS_MODE: 'off',
});

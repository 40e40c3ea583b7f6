import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadConfig } from '#lib/config.ts';
import { refuseExposure } from '#lib/services/identity.ts';
import { startBackingServices } from './backing-services.ts';

/**
 * `npm run offline [-- OPTIONS]`: runs the same functions under `serverless offline`, with the platform's limits. Also
 * starts the embedded PostgreSQL and S3 server, unless DATABASE_URL and S3_ENDPOINT name others.
 */
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  // No usage reports and no update checks: nothing here needs the network.
  SLS_TRACKING_DISABLED: '1',
  SLS_NOTIFICATIONS_MODE: 'off',
};

const report = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const services = await startBackingServices({ environment, report }).catch((error: Error) => {
  report(error.message);
  process.exit(1);
});
report(`S3 at ${services.s3Endpoint}`);
// The framework listens on `--host`. On any other address than loopback, the service must require credentials.
const { values } = parseArgs({ options: { host: { type: 'string' } }, strict: false });
const host = typeof values['host'] === 'string' ? { HOST: values['host'] } : {};
const settings = { ...environment, ...services.settings, ...host };
await refuseExposure(loadConfig(settings)).catch(async (error: Error) => {
  report(error.message);
  await services.stop();
  process.exit(1);
});

const root = fileURLToPath(new URL('..', import.meta.url));
const serverless = fileURLToPath(new URL('../node_modules/serverless/bin/serverless.js', import.meta.url));
const child = spawn(process.execPath, [serverless, 'offline', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: settings,
});
// A terminal sends Ctrl-C to both processes. Other signals are passed on.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
process.on('SIGTERM', () => child.kill('SIGTERM'));
const [code] = (await once(child, 'exit')) as [number | null];
await services.stop();
process.exit(code ?? 1);

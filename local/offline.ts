import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startEmbeddedS3 } from './system.ts';

/**
 * `npm run offline [-- OPTIONS]`: the same functions under `serverless offline`, with the platform's limits, and the
 * embedded S3 server beside it unless S3_ENDPOINT names another.
 */
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  // The framework neither reports nor looks for news: nothing here needs the network.
  SLS_TRACKING_DISABLED: '1',
  SLS_NOTIFICATIONS_MODE: 'off',
};

const report = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const s3 = environment['S3_ENDPOINT'] ? undefined : await startEmbeddedS3({ environment, report });
if (s3 !== undefined) report(`S3 at ${s3.url}`);

const root = fileURLToPath(new URL('..', import.meta.url));
const serverless = fileURLToPath(new URL('../node_modules/serverless/bin/serverless.js', import.meta.url));
const child = spawn(process.execPath, [serverless, 'offline', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...environment, ...s3?.settings },
});
// A terminal sends Ctrl-C to both; what else ends this process is passed on.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
process.on('SIGTERM', () => child.kill('SIGTERM'));
const [code] = (await once(child, 'exit')) as [number | null];
await s3?.stop();
process.exit(code ?? 1);

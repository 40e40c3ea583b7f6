import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { areCurrent, KEY_FILE, sourcesKey } from './packages.ts';
import { whyNoPlatform } from './platform-root.ts';
import { installRuntimeClient } from './runtime-client.ts';

/**
 * Creates missing requirements of the suite: the packages of these sources, and the platform's runtime client. Reports
 * what it cannot create, and the suite reports what it skips. In CI it fails.
 */
const say = (line: string): void => void process.stderr.write(`test:package: ${line}\n`);

function providePackages(): void {
  if (areCurrent()) return;
  const key = sourcesKey();
  say('creating the packages (npm run package)');
  const { status } = spawnSync(process.execPath, ['deploy/package.ts'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('the packages cannot be created; see the output above');
  writeFileSync(KEY_FILE, key);
}

try {
  const missing = whyNoPlatform();
  if (missing !== undefined) throw new Error(missing);
  await installRuntimeClient(say);
  providePackages();
} catch (error) {
  say((error as Error).message);
  if (process.env['CI']) process.exitCode = 1;
}

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { areCurrent, KEY_FILE, sourcesKey } from './packages.ts';
import { whyNoPlatform } from './platform-root.ts';
import { installRuntimeClient } from './runtime-client.ts';

/**
 * Makes what the suite needs and is not there: the packages of these sources, and the platform's runtime client. What
 * cannot be made it says, and the suite says what it skips; in CI it fails.
 */
const say = (line: string): void => void process.stderr.write(`test:package: ${line}\n`);

function providePackages(): void {
  if (areCurrent()) return;
  const key = sourcesKey();
  say('making the packages (npm run package)');
  const { status } = spawnSync(process.execPath, ['deploy/package.ts'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('the packages cannot be made; what is printed above says why');
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

import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What `npm pack` runs last. npm packs a folder with the manifest that is in it, and this repository's is the service's,
 * with all of its packages: so the file that npm has written is replaced by that of `dist/client`, which has the same
 * name.
 */
const { INIT_CWD = process.cwd(), npm_config_pack_destination: destination = '.', npm_config_dry_run } = process.env;

if (npm_config_dry_run !== 'true') {
  const folder = fileURLToPath(new URL('../../dist/client', import.meta.url));
  const args = ['pack', folder, '--silent', '--pack-destination', resolve(INIT_CWD, destination)];
  execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

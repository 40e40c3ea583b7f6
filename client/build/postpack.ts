import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `npm run postpack`, which `npm pack` runs last: replaces the tarball that npm has written with that of `dist/client`,
 * which has the same name. npm packs the repository's own manifest, which lists the packages of the service.
 */
const { INIT_CWD = process.cwd(), npm_config_pack_destination: destination = '.', npm_config_dry_run } = process.env;

if (npm_config_dry_run !== 'true') {
  const folder = fileURLToPath(new URL('../../dist/client', import.meta.url));
  const args = ['pack', folder, '--silent', '--pack-destination', resolve(INIT_CWD, destination)];
  execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

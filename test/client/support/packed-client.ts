import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import packageJson from '../../../package.json' with { type: 'json' };
import { builtOnce } from '../../support/built-once.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The name of the file that `npm pack` writes. */
export const TARBALL = `${packageJson.name}-${packageJson.version}.tgz`;

/** Returns the path of the npm package, from the only `npm pack` of a run: it builds in `dist/client`. */
export async function packedClient(): Promise<string> {
  const folder = await builtOnce('packed-client', async (destination) => {
    await promisify(execFile)('npm', ['pack', '--pack-destination', destination], { cwd: ROOT });
  });
  return join(folder, TARBALL);
}

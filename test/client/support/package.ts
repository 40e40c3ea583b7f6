import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makePackageFolder } from '../../../client/build/package-folder.ts';
import packageJson from '../../../package.json' with { type: 'json' };

/** Installs the npm package in a folder. Returns the path of its command. */
export async function installPackage(folder: string): Promise<string> {
  const installed = join(folder, 'node_modules', packageJson.name);
  await makePackageFolder(installed);
  const bin = join(folder, 'node_modules', '.bin');
  mkdirSync(bin);
  symlinkSync(join(installed, 'ffn.js'), join(bin, 'ffn'));
  return join(bin, 'ffn');
}

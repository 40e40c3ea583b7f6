import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeProgramFolder } from '../../../client/build/package-folder.ts';
import packageJson from '../../../package.json' with { type: 'json' };

/** Installs the code of the npm package, without its types, in a folder. Returns the path of its command. */
export async function installPackage(folder: string): Promise<string> {
  const installed = join(folder, 'node_modules', packageJson.name);
  await makeProgramFolder(installed);
  const bin = join(folder, 'node_modules', '.bin');
  mkdirSync(bin);
  symlinkSync(join(installed, 'ffn.js'), join(bin, 'ffn'));
  return join(bin, 'ffn');
}

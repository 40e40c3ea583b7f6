import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeProgramFolder } from '../../../client/build/package-folder.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { builtOnce } from '../../support/built-once.ts';

/** Installs the code of the npm package, without its types, in a folder. Returns the path of its command. */
export async function installPackage(folder: string): Promise<string> {
  const installed = join(folder, 'node_modules', packageJson.name);
  const program = await builtOnce('client-program', async (built) => void (await makeProgramFolder(built)));
  cpSync(program, installed, { recursive: true });
  const bin = join(folder, 'node_modules', '.bin');
  mkdirSync(bin);
  symlinkSync(join(installed, 'ffn.js'), join(bin, 'ffn'));
  return join(bin, 'ffn');
}

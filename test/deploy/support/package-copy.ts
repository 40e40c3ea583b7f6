import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import type { Template } from './template.ts';

/** A copy of this project; `using` removes it. */
export type Copy = Disposable & {
  readonly folder: string;
  /** The folder that packaging creates. */
  file(name: string): string;
  /** The CloudFormation template. */
  template(): Template;
};

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const COPIED = ['deploy', 'handlers', 'lib', 'local', 'package.json', 'serverless.yml'];
/** Substitute layers: some files, one of them executable. Without a recipe, the builder ignores them. */
const LAYERS = { launcher: 'ffmpeg-launcher', 'ffmpeg-audio': 'ffmpeg-audio', ffmpeg: 'ffmpeg' };

/** Copies everything that is packaged, with substitutes for the layers. */
export function copyProject(): Copy {
  const scratch: ScratchFolder = scratchFolder();
  for (const name of COPIED) cpSync(join(ROOT, name), scratch.file(name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), scratch.file('node_modules'));
  for (const [layer, program] of Object.entries(LAYERS)) {
    const dist = scratch.file(`layers/${layer}/dist`);
    mkdirSync(join(dist, 'bin'), { recursive: true });
    writeFileSync(join(dist, 'LICENCE'), 'to whom it may concern');
    writeFileSync(join(dist, 'bin', program), 'a program');
    chmodSync(join(dist, 'bin', program), 0o755);
  }
  const file = (name: string) => scratch.file(`.serverless/${name}`);
  return {
    folder: scratch.path,
    file,
    template: () => JSON.parse(readFileSync(file('cloudformation-template-update-stack.json'), 'utf8')),
    [Symbol.dispose]: scratch[Symbol.dispose],
  };
}

export type PackageOptions = {
  readonly args?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** A command that runs it, before its name; nothing by default. */
  readonly within?: readonly string[];
};

export type PackageResult = { readonly code: number | null; readonly printed: string };

/** Runs `npm run package` of the copy, in an environment with only a PATH. */
export async function packageCopy(copy: Copy, options: PackageOptions = {}): Promise<PackageResult> {
  const { args = [], environment = {}, within = [] } = options;
  const [command = '', ...rest] = [...within, process.execPath, join(copy.folder, 'deploy/package.ts'), ...args];
  const child = spawn(command, rest, {
    cwd: copy.folder,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, printed };
}

import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { type ScratchFolder, scratchFolder } from './scratch-folder.ts';

/** For a test's `skip`: why no C program can be compiled, or false. In CI, the tests that need one fail. */
export const NO_COMPILER: string | false =
  process.env['CI'] === undefined &&
  findOnPath('gcc', process.env['PATH'] ?? '') === undefined &&
  'there is no C compiler (gcc)';

/** Compiles a C file into a static program that every user may run. `using` removes it. */
export function compiled(source: URL): ScratchFolder & { readonly program: string } {
  const folder = scratchFolder();
  chmodSync(folder.path, 0o755);
  const program = folder.file(basename(source.pathname, '.c'));
  execFileSync('gcc', ['-static', '-O1', '-Wall', '-Werror', '-o', program, fileURLToPath(source)]);
  return { ...folder, program };
}

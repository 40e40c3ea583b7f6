import { chmodSync, writeFileSync } from 'node:fs';
import { FFMPEG } from '../../../../support/ffmpeg.ts';
import type { ScratchFolder } from '../../../../support/scratch-folder.ts';

/** Writes a program that stands in for an ffmpeg, as a shell script. `$FFMPEG` is the real one. Returns its path. */
export function fakeProgram(folder: ScratchFolder, name: string, script: string): string {
  const path = folder.file(name);
  writeFileSync(path, `#!/bin/sh\nFFMPEG='${FFMPEG}'\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** Whether this is a clone of the repository, and not a tarball inside another clone. */
export const HAS_HISTORY =
  existsSync(`${PROJECT}.git`) && spawnSync('git', ['-C', PROJECT, 'rev-parse', 'HEAD']).status === 0;

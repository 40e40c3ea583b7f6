import { spawnSync } from 'node:child_process';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';

/** The Python that runs the tests of the client. */
export const PYTHON: string = findOnPath('python3', process.env['PATH'] ?? '') ?? 'python3';

const OLD_ENOUGH = 'import sys; sys.exit(sys.version_info < (3, 9))';
const isThere = spawnSync(PYTHON, ['-c', OLD_ENOUGH]).status === 0;

/** The reason to skip these tests, for a test's `skip`; false when they can run, and in CI. */
export const PYTHON_MISSING: string | false =
  isThere || process.env['CI'] !== undefined ? false : 'python3, 3.9 or newer, is not installed';

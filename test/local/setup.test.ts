import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { runCommand } from '../support/command.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('a set-up that finds everything says nothing', async () => {
  using empty = scratchFolder();
  const ffmpeg = process.env['FFMPEG_PATH'] || findOnPath('ffmpeg', process.env['PATH'] ?? '');
  // Without npm on PATH it could not install anything, should it want to.
  await using setup = runCommand('setup.mjs', [], { PATH: empty.path, FFMPEG_PATH: ffmpeg });
  assert.deepEqual([await setup.exited, setup.printed()], [{ code: 0, signal: null }, '']);
});

test('without an ffmpeg, and without a way to install one, the set-up says in one sentence what to do', async () => {
  using empty = scratchFolder();
  await using setup = runCommand('provide-ffmpeg.ts', [], { PATH: empty.path, FFMPEG_PATH: '' });
  assert.equal((await setup.exited).code, 1);
  assert.match(setup.printed(), /^setup: there is no usable ffmpeg: install one with libopus .*FFMPEG_PATH\n$/);
});

test('an FFMPEG_PATH that is no ffmpeg is told, and not replaced', async () => {
  await using setup = runCommand('provide-ffmpeg.ts', [], { FFMPEG_PATH: '/bin/true' });
  assert.equal((await setup.exited).code, 1);
  assert.match(setup.printed(), /\/bin\/true: it is not an ffmpeg/);
});

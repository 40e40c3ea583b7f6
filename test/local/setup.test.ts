import assert from 'node:assert/strict';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findCandidates } from '#lib/ffmpeg/candidates.ts';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { cpuLevels } from '#lib/ffmpeg/discovery/cpu-level.ts';
import { layerHint } from '#lib/ffmpeg/discovery/layer-hint.ts';
import { runCommand } from '../support/command.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';

test('prints nothing when everything is installed', async () => {
  using empty = scratchFolder();
  const ffmpeg = process.env['FFMPEG_PATH'] || findOnPath('ffmpeg', process.env['PATH'] ?? '');
  // Without npm on PATH it cannot install anything.
  await using setup = runCommand('setup.mjs', [], { PATH: empty.path, FFMPEG_PATH: ffmpeg });
  assert.deepEqual([await setup.exited, setup.printed()], [{ code: 0, signal: null }, '']);
});

test('prints the remedy in one sentence when there is no ffmpeg and none can be installed', async () => {
  using empty = scratchFolder();
  using project = checkoutWithoutLayers();
  await using setup = runCommand('provide-ffmpeg.ts', [], { PATH: empty.path, FFMPEG_PATH: '' }, project.path);
  assert.equal((await setup.exited).code, 1);
  assert.match(setup.printed(), /^setup: there is no usable ffmpeg: install one with libopus .*FFMPEG_PATH\n$/);
});

test('reports an FFMPEG_PATH that is not an ffmpeg, and does not replace it', async () => {
  await using setup = runCommand('provide-ffmpeg.ts', [], { FFMPEG_PATH: '/bin/true' });
  assert.equal((await setup.exited).code, 1);
  assert.match(setup.printed(), /\/bin\/true: it is not an ffmpeg/);
});

test('reports a fallback and the better choice, unless it is quiet', async () => {
  const printed = async (...args: string[]) => {
    await using setup = runCommand('provide-ffmpeg.ts', args, { FFMPEG_PATH: '' });
    assert.equal((await setup.exited).code, 0);
    return setup.printed();
  };
  const [place] = await findCandidates('audio', process.env['PATH'] ?? '');
  const hint = place && layerHint(place, await cpuLevels());
  assert.equal(await printed(), hint === undefined ? '' : `setup: ${hint}\n`);
  assert.equal(await printed('--quiet'), '');
});

/** A copy of the set-up and the packages in a separate folder. */
function checkoutWithoutLayers(): ScratchFolder {
  const folder = scratchFolder();
  const project = fileURLToPath(new URL('../../', import.meta.url));
  for (const part of ['package.json', 'lib', 'local', 'layers/builder', 'layers/ffmpeg/fonts.ts'])
    cpSync(join(project, part), folder.file(part), { recursive: true });
  symlinkSync(join(project, 'node_modules'), folder.file('node_modules'));
  return folder;
}

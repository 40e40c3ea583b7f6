import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Candidate } from '#lib/ffmpeg/candidates.ts';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { type ConfinementMode, findStarter } from '#lib/ffmpeg/starter.ts';
import { AUDIO_LAYER, FULL_LAYER, LAUNCHER_LAYER } from '../../layers/support/built-layer.ts';
import { writeFakeFfmpeg } from '../../support/fake-ffmpeg.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const AUDIO: Candidate = { path: `${AUDIO_LAYER.directory}/bin/ffmpeg-audio-v2`, origin: 'layer' };
const FULL: Candidate = { path: `${FULL_LAYER.directory}/bin/ffmpeg`, origin: 'layer' };
const INSTALLED = findOnPath('ffmpeg', process.env['PATH'] ?? '');

async function confinementOf(candidate: Candidate, mode: ConfinementMode = 'auto') {
  const found = await findStarter(candidate, { mode, path: process.env['PATH'] ?? '' });
  return typeof found === 'string' ? found : { confinement: found.confinement, ...found.starter };
}

describe('findStarter', { skip: LAUNCHER_LAYER.missing || AUDIO_LAYER.missing || FULL_LAYER.missing }, () => {
  it('confines the ffmpeg of the audio layer most: no files, and few system calls', async () => {
    const { confinement, ...starter } = (await confinementOf(AUDIO)) as Record<string, unknown>;
    assert.equal(confinement, 'full');
    assert.deepEqual([starter['kind'], starter['calls'], starter['readable']], ['launcher', 'audio', []]);
  });

  it('lets the ffmpeg of the full layer read its layer alone', async () => {
    const { confinement, ...starter } = (await confinementOf(FULL)) as Record<string, unknown>;
    assert.equal(confinement, 'full');
    assert.deepEqual([starter['calls'], starter['readable']], ['full', [FULL_LAYER.directory]]);
  });

  it('confines the ffmpeg of a distribution', { skip: INSTALLED === undefined && 'none is on PATH' }, async () => {
    const installed: Candidate = { path: INSTALLED ?? '', origin: 'fallback' };
    const { confinement, calls } = (await confinementOf(installed)) as Record<string, unknown>;
    assert.deepEqual([confinement, calls], ['full', 'full']);
  });

  it('uses namespaces if they are wanted', async () => {
    const { confinement, namespaces } = (await confinementOf(AUDIO, 'namespaces')) as Record<string, unknown>;
    assert.deepEqual([confinement, namespaces], ['full', true]);
  });

  it('sets only limits if that is wanted', async () => {
    const { confinement, calls } = (await confinementOf(AUDIO, 'limits')) as Record<string, unknown>;
    assert.deepEqual([confinement, calls], ['limits', 'all']);
  });

  it('leaves a program what it needs: one that starts others has limits only', async () => {
    using folder = scratchFolder();
    const path = writeFakeFfmpeg(folder.file('ffmpeg'));
    const { confinement } = (await confinementOf({ path, origin: 'named' })) as Record<string, unknown>;
    assert.equal(confinement, 'limits');
  });

  it('refuses a program that does not run in namespaces when those are wanted', async () => {
    using folder = scratchFolder();
    const path = writeFakeFfmpeg(folder.file('ffmpeg'));
    const refusal = await confinementOf({ path, origin: 'named' }, 'namespaces');
    assert.match(String(refusal), /^it fails on .* \(with CONFINEMENT=namespaces\)$/);
  });

  it('returns why a program fails that fails in any way', async () => {
    using folder = scratchFolder();
    const path = writeFakeFfmpeg(folder.file('ffmpeg'), { play: 'exit 3' });
    assert.match(String(await confinementOf({ path, origin: 'named' })), /^it fails on .*exit code 3/);
  });
});

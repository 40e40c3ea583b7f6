import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCandidates, layerFiles } from '#lib/ffmpeg/candidates.ts';
import { AUDIO_RECIPE } from '../../../layers/ffmpeg-audio/recipe.ts';
import { writeFakeFfmpeg } from '../../support/fake-ffmpeg.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

describe('layerFiles', () => {
  const names = (...options: Parameters<typeof layerFiles>) => layerFiles(...options).map(({ name }) => name);

  it('has the audio build for the processor first, then the lesser one, then the full one', () => {
    assert.deepEqual(names('audio', ['x86-64-v3', 'x86-64-v2']), ['ffmpeg-audio', 'ffmpeg-audio-v2', 'ffmpeg']);
    assert.deepEqual(names('audio', ['x86-64-v2']), ['ffmpeg-audio-v2', 'ffmpeg']);
    assert.deepEqual(names('full', ['x86-64-v3', 'x86-64-v2']), ['ffmpeg']);
  });

  it('has nothing for a processor that no layer is made for', () => {
    assert.deepEqual([names('audio', []), names('full', [])], [[], []]);
  });

  it('names what the audio layer is made of', () => {
    const made = AUDIO_RECIPE.binaries.map(({ name }) => name);
    const named = layerFiles('audio', ['x86-64-v3', 'x86-64-v2']).filter(({ layer }) => layer === AUDIO_RECIPE.name);
    assert.deepEqual(
      named.map(({ name }) => name),
      made,
    );
  });
});

describe('findCandidates', () => {
  it('has what is on PATH behind every layer', async () => {
    using folder = scratchFolder();
    const path = writeFakeFfmpeg(folder.file('ffmpeg'));
    const places = await findCandidates('audio', folder.path);
    const fallbacks = places.filter(({ origin }) => origin === 'fallback');
    assert.equal(fallbacks[0]?.path, path);
    assert.deepEqual(places.slice(-fallbacks.length), fallbacks);
  });
});

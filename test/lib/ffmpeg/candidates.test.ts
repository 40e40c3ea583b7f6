import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCandidates, layerFiles } from '#lib/ffmpeg/candidates.ts';
import { AUDIO_RECIPE } from '../../../layers/ffmpeg-audio/recipe.ts';
import { writeFakeFfmpeg } from '../../support/fake-ffmpeg.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

describe('layerFiles', () => {
  const names = (...options: Parameters<typeof layerFiles>) => layerFiles(...options).map(({ name }) => name);

  it('returns the audio build for the processor first, then the lower one, then the full one', () => {
    assert.deepEqual(names('audio', ['x86-64-v3', 'x86-64-v2']), ['ffmpeg-audio', 'ffmpeg-audio-v2', 'ffmpeg']);
    assert.deepEqual(names('audio', ['x86-64-v2']), ['ffmpeg-audio-v2', 'ffmpeg']);
    assert.deepEqual(names('full', ['x86-64-v3', 'x86-64-v2']), ['ffmpeg']);
  });

  it('returns nothing for a processor without a layer', () => {
    assert.deepEqual([names('audio', []), names('full', [])], [[], []]);
  });

  it('names the files of the audio layer', () => {
    const made = AUDIO_RECIPE.binaries.map(({ name }) => name);
    const named = layerFiles('audio', ['x86-64-v3', 'x86-64-v2']).filter(({ layer }) => layer === AUDIO_RECIPE.name);
    assert.deepEqual(
      named.map(({ name }) => name),
      made,
    );
  });
});

describe('findCandidates', () => {
  it('returns the ffmpeg on PATH after all layers', async () => {
    using folder = scratchFolder();
    const path = writeFakeFfmpeg(folder.file('ffmpeg'));
    const places = await findCandidates('audio', folder.path);
    const fallbacks = places.filter(({ origin }) => origin === 'fallback');
    assert.equal(fallbacks[0]?.path, path);
    assert.deepEqual(places.slice(-fallbacks.length), fallbacks);
  });
});

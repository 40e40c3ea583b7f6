import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerHint } from '#lib/ffmpeg/discovery/layer-hint.ts';

test('the fallback comes with a comparison with the layer', () => {
  const hint = layerHint({ path: '/usr/bin/ffmpeg', origin: 'fallback' }, ['x86-64-v2']) ?? '';
  assert.match(hint, /^using \/usr\/bin\/ffmpeg; optional: npm run build:layers .* of the CPU time /);
});

test('there is no hint for a layer, a named ffmpeg, or a processor without a layer', () => {
  assert.equal(layerHint({ path: '/opt/bin/ffmpeg-audio', origin: 'layer' }, ['x86-64-v2']), undefined);
  assert.equal(layerHint({ path: '/home/me/ffmpeg', origin: 'named' }, ['x86-64-v2']), undefined);
  assert.equal(layerHint({ path: '/usr/bin/ffmpeg', origin: 'fallback' }, []), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerHint } from '#lib/ffmpeg/layer-hint.ts';

const LAYERS_RUN_HERE = process.platform === 'linux' && process.arch === 'x64';

test('the fallback is told beside what a layer would bring', { skip: !LAYERS_RUN_HERE && 'no layer runs here' }, () => {
  const hint = layerHint({ path: '/usr/bin/ffmpeg', origin: 'fallback' }) ?? '';
  assert.match(hint, /^\/usr\/bin\/ffmpeg is used; .*npm run build:layers.* CPU time, .*npm run bench:layers/);
});

test('there is nothing to tell of a layer, nor of what was named', () => {
  assert.equal(layerHint({ path: '/opt/bin/ffmpeg-audio', origin: 'layer' }), undefined);
  assert.equal(layerHint({ path: '/home/me/ffmpeg', origin: 'named' }), undefined);
});

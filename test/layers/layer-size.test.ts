import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { layerSize, sizeText } from '../../layers/builder/layer-size.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { AUDIO_LAYER, FULL_LAYER, LAUNCHER_LAYER } from './support/built-layer.ts';

/** Half of what AWS Lambda allows for the code and layers of a function, unzipped. */
const MOST_BYTES = 125 * 2 ** 20;

describe('the size of a layer', () => {
  it('is that of all files in all folders, unzipped and zipped', async () => {
    using folder = scratchFolder();
    mkdirSync(folder.file('lib'));
    writeFileSync(folder.file('zeros'), Buffer.alloc(1_000_000));
    writeFileSync(folder.file('lib/noise'), randomBytes(500_000));
    const { unzipped, zipped } = await layerSize(folder.path);
    assert.equal(unzipped, 1_500_000);
    assert.ok(zipped > 500_000 && zipped < 510_000, `${zipped}`);
    assert.equal(sizeText({ unzipped, zipped: 512_345 }), '1.5 MB unzipped, 0.5 MB zipped');
  });
});

describe('all layers together', { skip: LAUNCHER_LAYER.missing || AUDIO_LAYER.missing || FULL_LAYER.missing }, () => {
  it('leave half of the platform’s limit for the code of a function', async () => {
    const sizes = await Promise.all(
      [LAUNCHER_LAYER, AUDIO_LAYER, FULL_LAYER].map(({ directory }) => layerSize(directory)),
    );
    const bytes = sizes.reduce((sum, { unzipped }) => sum + unzipped, 0);
    assert.ok(bytes > 0 && bytes <= MOST_BYTES, `${bytes} bytes`);
  });
});

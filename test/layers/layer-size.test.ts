import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { layerSize, sizeText } from '../../layers/builder/layer-size.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

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

import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { copyInto, isWhole, keepLayer } from '../../layers/builder/layer-cache.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';

function makeLayer(path: string): string {
  mkdirSync(join(path, 'bin'), { recursive: true });
  writeFileSync(join(path, 'RECIPE.json'), '{}');
  writeFileSync(join(path, 'bin/ffmpeg'), 'a program', { mode: 0o755 });
  return path;
}

async function kept(folder: ScratchFolder): Promise<string> {
  await keepLayer(makeLayer(folder.file('made')), folder.file('cache/layer'));
  return folder.file('cache/layer');
}

describe('a finished layer', () => {
  it('is moved to the cache as a whole', async () => {
    using folder = scratchFolder();
    const layer = await kept(folder);
    assert.equal(await isWhole(layer), true);
    assert.equal(existsSync(folder.file('made')), false);
    assert.deepEqual(readdirSync(folder.file('cache')).toSorted(), ['layer', 'layer.sha256']);
  });

  const DAMAGES: Readonly<Record<string, (layer: string) => void>> = {
    'lacks a file': (layer) => rmSync(join(layer, 'bin/ffmpeg')),
    'has an additional file': (layer) => writeFileSync(join(layer, 'bin/other'), ''),
    'has a file that is cut off': (layer) => truncateSync(join(layer, 'bin/ffmpeg'), 3),
    'has a program that is not executable': (layer) => chmodSync(join(layer, 'bin/ffmpeg'), 0o644),
    'has no digest': (layer) => rmSync(`${layer}.sha256`),
    'does not exist': (layer) => rmSync(layer, { recursive: true }),
  };
  for (const [name, damage] of Object.entries(DAMAGES)) {
    it(`that ${name} is not valid`, async () => {
      using folder = scratchFolder();
      const layer = await kept(folder);
      damage(layer);
      assert.equal(await isWhole(layer), false);
    });
  }
});

describe('copyInto', () => {
  it('repairs an existing target, and leaves no other files', async () => {
    using folder = scratchFolder();
    const layer = await kept(folder);
    const dist = folder.file('layer/dist');
    cpSync(layer, dist, { recursive: true });
    writeFileSync(join(dist, 'bin/ffmpeg'), 'kill -SEGV $$');
    writeFileSync(join(dist, 'leftover'), '');
    await copyInto(layer, dist);
    assert.equal(readFileSync(join(dist, 'bin/ffmpeg'), 'utf8'), 'a program');
    assert.deepEqual(readdirSync(folder.file('layer')), ['dist']);
    assert.deepEqual(readdirSync(dist).toSorted(), ['RECIPE.json', 'bin']);
  });
});

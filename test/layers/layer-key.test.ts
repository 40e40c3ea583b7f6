import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { layerKey, type RuntimeObject, runtimeObjects } from '../../layers/builder/layer-key.ts';
import type { LayerRecipe } from '../../layers/builder/recipe.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const RECIPE: LayerRecipe = {
  name: 'tool',
  sources: [],
  patches: [{ source: 'tool', file: 'a.patch' }],
  licences: [],
  binaries: [],
  own: ['launcher.c'],
};
const LIBC: RuntimeObject = { name: 'libc.so.6', path: '/lib/libc.so.6', sha256: 'ab', package: 'libc6 2.36-9' };

describe('the key of a layer', () => {
  it('changes only with the recipe, the patches, the layer’s own files and the machine’s libraries', async () => {
    using folder = scratchFolder();
    mkdirSync(folder.file('patches'));
    const write = (patch: string, own: string): void => {
      writeFileSync(folder.file('patches/a.patch'), patch);
      writeFileSync(folder.file('launcher.c'), own);
    };
    const key = (recipe = RECIPE, runtime = [LIBC]) => layerKey(recipe, { directory: folder.path, runtime });
    write('a patch', 'a launcher');
    const first = await key();
    const others = [await key({ ...RECIPE, name: 'other' }), await key(RECIPE, [{ ...LIBC, sha256: 'cd' }])];
    write('another patch', 'a launcher');
    others.push(await key());
    write('a patch', 'another launcher');
    others.push(await key());
    write('a patch', 'a launcher');
    assert.equal(await key(RECIPE, [{ ...LIBC, path: '/elsewhere/libc.so.6' }]), first);
    assert.equal(new Set([first, ...others]).size, 5);
  });
});

describe('the machine’s libraries', () => {
  it('are located by the compiler, and identified by their bytes', async () => {
    const [libc] = await runtimeObjects(['libc.so.6']);
    assert.match(libc?.path ?? '', /^\/.*libc/);
    assert.match(libc?.sha256 ?? '', /^[0-9a-f]{64}$/);
  });

  it('are named when they do not exist', async () => {
    await assert.rejects(runtimeObjects(['libnowhere.so.1']), /the compiler has no libnowhere\.so\.1/);
  });
});

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { buildLayer } from '../../layers/builder/build-layer.ts';
import type { LayerRecipe } from '../../layers/builder/recipe.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const RECIPE: LayerRecipe = {
  name: 'tiny',
  sources: [],
  patches: [],
  licences: [],
  parts: [{ name: 'library', steps: [{ directory: '.', command: ['touch', 'library'] }] }],
  binaries: [{ name: 'program', built: 'program', steps: [{ directory: '.', command: ['cp', 'library', 'program'] }] }],
};

describe('a build of a layer', () => {
  it('reports what it builds, each part with its time, and what it takes from the cache', async () => {
    using folder = scratchFolder();
    const directory = folder.file('layer');
    mkdirSync(directory);
    const said: string[] = [];
    const options = { directory, cache: folder.file('cache'), report: (line: string) => void said.push(line) };
    await buildLayer(RECIPE, options);
    const expected = [
      /^tiny: not built yet with this recipe and compiler; building it from source, which takes minutes$/,
      /^tiny: the output of the compilers is in \/.*\/build\.log$/,
      /^tiny: part 1 of 3, 0 source archives$/,
      /^tiny: part 1 of 3, 0 source archives: done in [\d.]+ s$/,
      /^tiny: part 2 of 3, library$/,
      /^tiny: part 2 of 3, library: done in [\d.]+ s$/,
      /^tiny: part 3 of 3, program$/,
      /^tiny: part 3 of 3, program: done in [\d.]+ s$/,
      /^tiny: [\d.]+ MB unzipped, [\d.]+ MB zipped, built in [\d.]+ s$/,
    ];
    assert.equal(said.length, expected.length, said.join('\n'));
    for (const [index, line] of said.entries()) assert.match(line, expected[index] ?? /^$/);
    said.length = 0;
    await buildLayer(RECIPE, options);
    assert.equal(said.length, 1);
    assert.match(
      said[0] ?? '',
      /^tiny: already built with this recipe and compiler; copied from .*cache\/layers\/tiny-/,
    );
  });
});

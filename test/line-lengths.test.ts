import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** Biome wraps code at 120 characters, and leaves comments as they are. */
const MOST = { comment: 130, prose: 140 } as const;
const PROSE = ['CHANGELOG.md', 'docs/guides/video.md'];

describe('a line', () => {
  it(`of a comment has at most ${MOST.comment} characters`, async () => {
    const long: string[] = [];
    for await (const file of glob('{bench,client,deploy,handlers,lib,local,runner,test}/**/*.ts', { cwd: ROOT })) {
      if (file.includes('node_modules/')) continue;
      long.push(...linesOver(file, MOST.comment).filter((place) => /^\S+ +(?:\*|\/[/*])/.test(place)));
    }
    assert.deepEqual(long, []);
  });

  it(`of the changelog and of the guide to video jobs has at most ${MOST.prose} characters, but for tables`, () => {
    const long = PROSE.flatMap((file) => linesOver(file, MOST.prose).filter((place) => !/^\S+ \|/.test(place)));
    assert.deepEqual(long, []);
  });
});

/** Returns the lines of a file that are longer, each with its place before it. */
function linesOver(file: string, most: number): string[] {
  const lines = readFileSync(ROOT + file, 'utf8').split('\n');
  return lines.flatMap((line, index) => (line.length > most ? [`${file}:${index + 1} ${line}`] : []));
}

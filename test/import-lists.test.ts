import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { matchesGlob } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'(#lib\/[^']+)'/g;

type Override = {
  readonly includes: readonly string[];
  readonly linter: {
    readonly rules: {
      readonly style?: {
        readonly noRestrictedImports?: {
          readonly options: { readonly patterns: readonly { readonly group: string[]; readonly message: string }[] };
        };
      };
    };
  };
};

const { overrides } = JSON.parse(readFileSync(`${ROOT}biome.json`, 'utf8')) as { overrides: readonly Override[] };
const lists = overrides
  .map(({ includes, linter }) => ({ includes, rule: linter.rules.style?.noRestrictedImports }))
  .flatMap(({ includes, rule }) => (rule?.options.patterns ?? []).map((pattern) => ({ includes, ...pattern })));

/** Returns the files of an override that no later one overrides, as Biome applies them. */
async function filesOf(index: number): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob('{lib,handlers,runner,client,local,layers}/**/*.ts', { cwd: ROOT })) {
    const last = lists.findLastIndex(({ includes }) => isIncluded(file, includes));
    if (last === index) files.push(file);
  }
  return files;
}

function isIncluded(file: string, includes: readonly string[]): boolean {
  const last = includes.findLast((pattern) => matchesGlob(file, pattern.replace(/^!/, '')));
  return last !== undefined && !last.startsWith('!');
}

describe('what a folder may import', () => {
  it('is nothing according to the message, if the list allows nothing of lib but the folder itself', () => {
    const closed = lists.filter(({ group, includes }) =>
      group.every((pattern) => !pattern.startsWith('!#') || pattern === `!#${includes[0]}`),
    );
    const messages = closed.map(({ message }) => message).filter((message) => message.endsWith('of lib.'));
    assert.ok(messages.length >= 3);
    for (const message of messages) assert.match(message, /^[a-z-]+ imports nothing of lib\.$/);
  });

  for (const [index, { includes, group }] of lists.entries()) {
    const allowed = group.filter((pattern) => pattern.startsWith('!#lib/')).map((pattern) => pattern.slice(1));
    if (allowed.length === 0) continue;
    it(`is in use by the folder: ${includes.join(', ')}`, async () => {
      const texts = (await filesOf(index)).map((file) => readFileSync(ROOT + file, 'utf8'));
      const imported = texts.flatMap((text) => [...text.matchAll(IMPORT)].map(([, name = '']) => name));
      const own = `#${includes[0]}`;
      const unused = allowed.filter(
        (pattern) => pattern !== own && !imported.some((name) => matchesGlob(name, pattern)),
      );
      assert.deepEqual(unused, []);
    });
  }
});

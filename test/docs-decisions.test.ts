import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const ROOT = new URL('../', import.meta.url);
const FOLDER = new URL('docs/decisions/', ROOT);
const PAGE = new URL('0022-from-the-specification.md', FOLDER);
/** Replaces the paths of a system that is not built yet. */
const NOT_BUILT = 'coming';

/** Returns the cells of each row of the page's table, without its head. */
function rows(): string[][] {
  const lines = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .replace(/^\|(.*)\|$/, '$1')
      .split('|')
      .map((cell) => cell.trim()),
  );
}

describe('the table of deviations from the specification', () => {
  it('has rows with different names', () => {
    const names = rows().map(([name]) => name);
    assert.ok(names.length > 0);
    assert.deepEqual(names, [...new Set(names)]);
  });

  for (const [name = '', standIn = '', reason = '', where = '', ...more] of rows()) {
    it(`names the replacement of ${name}, its reason and its location`, () => {
      assert.notEqual(standIn, '');
      assert.match(reason, /^\S.*\.$/);
      assert.deepEqual(more, []);
      if (where === NOT_BUILT) return;
      assert.match(where, /^`[^`]+`(, `[^`]+`)*$/);
      const paths = Array.from(where.matchAll(/`([^`]+)`/g), ([, path = '']) => path);
      for (const path of paths) assert.ok(existsSync(new URL(path, ROOT)), path);
    });
  }
});

describe('the pages of decisions', () => {
  const pages = readdirSync(FOLDER);
  const numberOf = (page: string) => page.match(/^(\d{4})-[a-z\d-]+\.md$/)?.[1];

  it('have numbers, each of its own', () => {
    assert.ok(pages.length > 0);
    const numbers = pages.map((page) => numberOf(page) ?? page);
    assert.deepEqual(
      numbers.filter((number, index) => !/^\d{4}$/.test(number) || numbers.indexOf(number) !== index),
      [],
    );
  });

  for (const page of pages) {
    it(`${page} has a heading with its number`, () => {
      const [heading = ''] = readFileSync(new URL(page, FOLDER), 'utf8').split('\n', 1);
      assert.match(heading, new RegExp(`^# ${Number(numberOf(page))}\\. \\S`));
    });
  }
});

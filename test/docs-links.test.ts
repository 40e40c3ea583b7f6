import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NOT_OURS = new Set(['node_modules', 'dist', 'out']);

const pages = globSync('**/*.md', { cwd: ROOT, exclude: (path) => path.split('/').some((part) => NOT_OURS.has(part)) });

/** A page's text without its code blocks, which may contain what looks like a link or a heading. */
function prose(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(/^```.*?^```/gms, '');
}

/** The anchors of a page's headings, as GitHub makes them; a heading that repeats gets a number. */
function anchors(file: string): Set<string> {
  const slugs = Array.from(prose(file).matchAll(/^#+ (.+)$/gm), ([, heading = '']) => slug(heading));
  return new Set(
    slugs.map((name, index) => {
      const repeats = slugs.slice(0, index).filter((earlier) => earlier === name).length;
      return repeats === 0 ? name : `${name}-${repeats}`;
    }),
  );
}

function slug(heading: string): string {
  const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim();
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/** The relative targets of a page's links and images. */
function targets(file: string): string[] {
  const text = prose(file).replaceAll(/`[^`\n]*`/g, '``');
  return Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target).filter(
    (target) => !/^[a-z]+:/i.test(target),
  );
}

/** Returns what is wrong with a link on `page`; undefined when it resolves. */
function offence(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), decodeURIComponent(path));
  if (relative(ROOT, file).startsWith('..')) return `${target} is outside the repository`;
  if (!existsSync(file)) return `${target} does not exist`;
  if (anchor === undefined) return undefined;
  if (statSync(file).isDirectory() || !anchors(file).has(anchor)) return `${target} names no heading`;
  return undefined;
}

describe('the Markdown files', () => {
  it('include the pages of docs', () => {
    assert.ok(pages.some((page) => page.startsWith('docs/guides/')));
  });

  for (const page of pages) {
    it(`${page} has only relative links that resolve`, () => {
      const file = join(ROOT, page);
      const offences = targets(file).flatMap((target) => offence(file, target) ?? []);
      assert.deepEqual(offences, []);
    });
  }
});

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import {
  assertQuoted,
  type Block,
  blocksOf,
  PROGRAM_NAME,
  quotedFile,
  ROOT,
  readPage,
  shellOf,
} from './support/guide.ts';

/** The test that runs the commands of each page. */
const RUN_BY: Readonly<Record<string, string>> = {
  'README.md': 'test/examples/pages.example.ts',
  'docs/guides/from-a-subprocess.md': 'test/examples/pages.example.ts',
  'docs/reference/client.md': 'test/examples/pages.example.ts',
  'docs/reference/command-line.md': 'test/examples/pages.example.ts',
  'docs/guides/identity.md': 'test/examples/api.example.ts',
  'docs/reference/functions.md': 'test/examples/api.example.ts',
  'docs/guides/telegram.md': 'test/examples/telegram.example.ts',
  'docs/guides/discord.md': 'test/examples/discord.example.ts',
  'docs/guides/video.md': 'test/examples/video.example.ts',
  'docs/guides/radio.md': 'test/examples/radio.example.ts',
  // Measurements of an hour: the test checks the names of the rows.
  'docs/guides/tuning.md': 'test/examples/tuning.test.ts',
};

/** Pages whose commands no test can run, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'docs/guides/aws.md': 'an account of AWS',
  'docs/guides/vps.md': 'a machine of its own: root, systemd, a domain',
};

/** Files that the commands of a page name without their path. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  'npm ci --prefix examples/discord': ['examples/discord/package.json', 'examples/discord/package-lock.json'],
};

const PAGES = ['README.md', ...globSync('docs/guides/*.md', { cwd: ROOT }), 'docs/reference/functions.md'];

describe('every example', () => {
  for (const page of PAGES) {
    it(`of ${page} is run by a test`, () => {
      if (page in NOT_RUN || blocksOf(page).length === 0) return;
      const test = RUN_BY[page] ?? assert.fail(`no test runs the commands of ${page}`);
      assert.ok(readPage(test).includes(page), `${test} does not name ${page}`);
      const blocks = blocksOf(page);
      for (const [index, block] of blocks.entries()) assertRun(block, blocks.slice(0, index), page);
    });
  }

  it('of a page that names a test is in a page that exists', () => {
    for (const [page, test] of [...Object.entries(RUN_BY), ...Object.keys(NOT_RUN).map((page) => [page, page])])
      for (const file of [page, test]) assert.ok(existsSync(join(ROOT, file ?? '')), file);
  });

  it('in examples/ is run by the commands of a page, or is part of one that is', () => {
    const run = new Set(Object.keys(RUN_BY).flatMap((page) => shellOf(page).flatMap(filesOf)));
    for (const file of run) for (const part of importsOf(file)) run.add(part);
    const files = globSync('examples/**/*', { cwd: ROOT, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(ROOT.length))
      .filter((file) => !/node_modules|__pycache__/.test(file));
    assert.ok(files.length > 5);
    for (const file of files) assert.ok(run.has(file), `${file} is run by no test`);
  });
});

describe('docs/README.md', () => {
  it('lists every guide and every reference page', () => {
    const index = readPage('docs/README.md');
    for (const page of globSync('docs/{guides,reference}/*.md', { cwd: ROOT }))
      assert.ok(index.includes(`](${page.replace('docs/', '')})`), page);
  });
});

/** Fails for a block that is neither run, nor a part of what is run. */
function assertRun(block: Block, before: readonly Block[], page: string): void {
  const { kind, text } = block;
  // JSON and HTTP are responses.
  if (kind === 'sh' || kind === 'json' || kind === 'http') return;
  if (kind === 'text' || kind === '') {
    // What a command prints. The README's first one is of `npm run demo` (test/local/demo.test.ts).
    assert.ok(
      before.at(-1)?.kind === 'sh' || (page === 'README.md' && before.length === 0),
      `printed by what?\n${text}`,
    );
    return;
  }
  if (quotedFile(block) !== undefined) {
    assertQuoted(block);
    return;
  }
  if (page === 'README.md') return;
  const [, name = assert.fail(`${page}: it has no name:\n${text}`)] = PROGRAM_NAME.exec(text) ?? [];
  const commands = shellOf(page).join('\n');
  assert.match(commands, new RegExp(`(?:python3|node) ${name}`), `${page} does not run ${name}`);
}

function filesOf(commands: string): string[] {
  const named = Object.entries(NAMED).flatMap(([command, files]) => (commands.includes(command) ? files : []));
  return [...named, ...(commands.match(/examples\/[\w./-]+\.\w+/g) ?? [])];
}

/** Files of the same folder that a program imports. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const names = file.endsWith('.py')
    ? [...text.matchAll(/^from (\w+) import /gm)].map(([, name]) => `${name}.py`)
    : [...text.matchAll(/ from '\.\/([\w.-]+)'/g)].map(([, name = '']) => name);
  return names.map((name) => join(dirname(file), name)).filter((path) => existsSync(join(ROOT, path)));
}

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { documentedSettings, loadConfig } from '#lib/config.ts';
import { ERROR_CATALOGUE } from '#lib/errors.ts';

const ROOT = new URL('../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** The rows of a Markdown file's tables whose first cell is a name in backticks, that name bare. */
function rows(path: string): string[][] {
  return read(path)
    .split('\n')
    .map((line) => /^\| `([^`]+)` \|(.*)\|$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', rest = '']) => [name, ...rest.split(' | ').map((cell) => cell.trim())]);
}

type Functions = Readonly<Record<string, { readonly handler: string; readonly url?: unknown }>>;

const functions: Functions = parse(read('serverless.yml'), { logLevel: 'error' }).functions;

describe('the documentation', () => {
  it('lists exactly the errors of the catalogue, with status and recoverability', () => {
    const documented = rows('docs/errors.md').map(([code, status, recoverable]) => [code, status, recoverable]);
    const catalogue = Object.entries(ERROR_CATALOGUE).map(([code, { status, recoverable }]) => [
      code,
      String(status),
      recoverable ? 'yes' : 'no',
    ]);
    assert.deepEqual(documented.toSorted(), catalogue.toSorted());
  });

  it('lists exactly the settings there are, with default and description', () => {
    const defaults: Readonly<Record<string, unknown>> = loadConfig({});
    const documented = rows('docs/configuration.md').map(([name, standard, description]) => ({
      name,
      standard: standard?.replaceAll('`', ''),
      description,
    }));
    const settings = documentedSettings().map(({ name, description }) => ({
      name,
      standard: [defaults[name] ?? ''].flat().join(),
      description,
    }));
    assert.deepEqual(documented, settings);
  });

  it('of the architecture names no folder that is not there', () => {
    const folders = [...read('ARCHITECTURE.md').matchAll(/`([\w./-]+\/)`/g)].map(([, folder = '']) => folder);
    assert.ok(folders.length > 5);
    for (const folder of folders) {
      const url = new URL(folder, ROOT);
      assert.ok(existsSync(url) && statSync(url).isDirectory(), folder);
    }
  });

  it('of the architecture names no file that is not there', () => {
    const files = [...read('ARCHITECTURE.md').matchAll(/`((?:lib|local|handlers|test|bench|docs)\/[\w./-]+\.\w+)`/g)];
    for (const [, file = ''] of files) assert.ok(existsSync(new URL(file, ROOT)), file);
  });
});

describe('every function', () => {
  const events = readdirSync(new URL('events/', ROOT));

  for (const [name, { handler, url }] of Object.entries(functions)) {
    it(`${name} has its handler, a sample event and its documentation`, async () => {
      const file = new URL(`${handler.replace(/\.\w+$/, '')}.ts`, ROOT);
      assert.ok(existsSync(file), handler);
      assert.match(readFileSync(file, 'utf8'), new RegExp(`export const ${handler.split('.').at(-1)}\\b`));
      const samples = events.filter((event) => new RegExp(`^${name}(-[\\w-]+)?\\.json$`).test(event));
      assert.ok(samples.length > 0, 'no sample event');
      // Of a Function URL, or of EventBridge.
      const version = url === undefined ? '0' : '2.0';
      for (const sample of samples) assert.equal(JSON.parse(read(`events/${sample}`)).version, version, sample);
      assert.match(read('docs/functions.md'), new RegExp(`^## ${name}$`, 'm'));
    });
  }

  it('that a sample event is for exists', () => {
    for (const event of events) {
      assert.ok(
        Object.keys(functions).some((name) => event === `${name}.json` || event.startsWith(`${name}-`)),
        event,
      );
    }
  });
});

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { documentedSettings, loadConfig } from '#lib/config.ts';
import { ERROR_CATALOGUE } from '#lib/errors.ts';
import { FILTERS } from '#lib/playback/filter-fields.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';

const ROOT = new URL('../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** Returns the rows of a Markdown file's tables whose first cell is a name in backticks, without the backticks. */
function rows(path: string): string[][] {
  return read(path)
    .split('\n')
    .map((line) => /^\| `([^`]+)` \|(.*)\|$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', rest = '']) => [name, ...rest.split(' | ').map((cell) => cell.trim())]);
}

type Shape = {
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Shape;
};

type Functions = Readonly<Record<string, { readonly handler: string; readonly url?: unknown }>>;

const functions: Functions = parse(read('serverless.yml'), { logLevel: 'error' }).functions;

describe('the documentation', () => {
  it('lists exactly the errors of the catalogue, with status and recoverability', () => {
    const documented = rows('docs/reference/errors.md').map(([code, status, recoverable]) => [
      code,
      status,
      recoverable,
    ]);
    const catalogue = Object.entries(ERROR_CATALOGUE).map(([code, { status, recoverable }]) => [
      code,
      String(status),
      recoverable ? 'yes' : 'no',
    ]);
    assert.deepEqual(documented.toSorted(), catalogue.toSorted());
  });

  it('lists exactly the existing settings, with default and description', () => {
    const defaults: Readonly<Record<string, unknown>> = loadConfig({});
    const documented = rows('docs/reference/configuration.md').map(([name, standard, description]) => ({
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

  it('lists exactly the fields of a transcode, with the defaults and ranges of the filters', () => {
    const { filters, ...fields } = TRANSCODE_REQUEST.shape;
    const shapes = z.toJSONSchema(FILTERS, { io: 'input' }).properties as Record<string, Shape>;
    const documented = rows('docs/reference/functions.md');
    // The table of presets comes next.
    const request = documented.slice(
      0,
      documented.findIndex(([name]) => name === 'lowlatency'),
    );
    const names = [...Object.keys(fields), ...Object.keys(shapes).map((name) => `filters.${name}`)];
    assert.deepEqual(request.map(([name]) => name).toSorted(), names.toSorted());
    for (const [name, shape] of Object.entries(shapes)) {
      const [, , standard, rule = ''] = request.find(([field]) => field === `filters.${name}`) ?? [];
      const { minimum, maximum } = shape.items ?? shape;
      if (shape.default !== undefined) assert.equal(Number(standard), shape.default, name);
      if (minimum === undefined) continue;
      const [, from = '', to = ''] = /^(\S+)–([\d.]+)/.exec(rule.replaceAll('−', '-')) ?? [];
      assert.deepEqual([Number(from), Number(to)], [minimum, maximum], name);
    }
  });

  it('of the architecture names only existing folders', () => {
    const folders = [...read('ARCHITECTURE.md').matchAll(/`([\w./-]+\/)`/g)].map(([, folder = '']) => folder);
    assert.ok(folders.length > 5);
    for (const folder of folders) {
      const url = new URL(folder, ROOT);
      assert.ok(existsSync(url) && statSync(url).isDirectory(), folder);
    }
  });

  it('of the architecture names only existing files', () => {
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
      // The event of a Function URL, of EventBridge, or of a function that starts another one.
      const versions = url === undefined ? ['0', undefined] : ['2.0'];
      for (const sample of samples) assert.ok(versions.includes(JSON.parse(read(`events/${sample}`)).version), sample);
      assert.match(read('docs/reference/functions.md'), new RegExp(`^## ${name}$`, 'm'));
    });
  }

  it('with a sample event exists', () => {
    for (const event of events) {
      assert.ok(
        Object.keys(functions).some((name) => event === `${name}.json` || event.startsWith(`${name}-`)),
        event,
      );
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { openApiDocument } from '#lib/api/openapi.ts';
import { readCases, writeCase } from '../bench/fuzz/case-folder.ts';
import type { ApiDocument } from '../bench/fuzz/contract.ts';
import { DAMAGE } from '../bench/fuzz/damage-plans.ts';
import { changed, JSON_CHANGES } from '../bench/fuzz/json-damage.ts';
import { MARKERS, withoutMarkers } from '../bench/fuzz/markers.ts';
import { mediaCases } from '../bench/fuzz/media-cases.ts';
import { damaged } from '../bench/fuzz/media-damage.ts';
import { requestCases } from '../bench/fuzz/request-cases.ts';
import { valuesOf } from '../bench/fuzz/schema-values.ts';
import { caseSeed, draw } from '../bench/fuzz/seeded.ts';
import { scratchFolder } from './support/scratch-folder.ts';

const DOCUMENT = JSON.parse(JSON.stringify(openApiDocument('1'))) as ApiDocument & {
  components: { schemas: Record<string, object> };
};
const CORPUS = new Map([
  ['a.wav', Buffer.alloc(3_000, 'RIFFsizeWAVEfmt ')],
  ['b.mp3', Buffer.alloc(5_000, 0xff)],
]);
const SEEDS = Array.from({ length: 1_200 }, (_, index) => caseSeed(1, index));

describe('a case of the fuzz', () => {
  const requests = requestCases(DOCUMENT);
  const media = mediaCases(DOCUMENT, CORPUS);

  it('is the same for the same seed, and different for another', () => {
    for (const arbitrary of [requests, media]) {
      const make = (seed: number) => draw(arbitrary, seed)(seed);
      const made = SEEDS.slice(0, 50).map(make);
      assert.deepEqual(SEEDS.slice(0, 50).map(make), made);
      assert.ok(new Set(made.map(({ bytes }) => bytes.toString('latin1'))).size > 40);
    }
  });

  it('is unchanged after it is written to a folder and read', async () => {
    using folder = scratchFolder();
    const cases = [draw(requests, 5)(5), draw(media, 6)(6)];
    for (const one of cases) await writeCase(folder.path, one, 'what was found');
    const byKind = (await readCases(folder.path)).toSorted((one, other) => (one.kind < other.kind ? 1 : -1));
    assert.ok(isDeepStrictEqual(byKind, cases), 'a different case was read');
    await assert.rejects(readCases(folder.file('..')), /there is no case/);
  });

  it('exists for every operation of the document, and most are valid HTTP', () => {
    const cases = SEEDS.map((seed) => draw(requests, seed)(seed));
    const proper = cases.filter(({ isHttp }) => isHttp);
    assert.ok(proper.length > 800 && proper.length < 1_200, String(proper.length));
    const asDocumented = cases.filter(({ label }) => label === 'as documented');
    assert.ok(asDocumented.length > 30, String(asDocumented.length));
    const roots = new Set(asDocumented.map(({ method, target }) => `${method} ${target.split(/[/?]/)[1]}`));
    for (const root of ['POST transcode', 'GET transcode', 'POST api', 'POST oauth']) assert.ok(roots.has(root), root);
  });

  it('keeps its length when markers are replaced', () => {
    const bytes = Buffer.from(`a ${Object.values(MARKERS).join(' ')} \xff`, 'latin1');
    const values = Object.fromEntries(Object.entries(MARKERS).map(([name, { length }]) => [name, 'x'.repeat(length)]));
    const replaced = withoutMarkers(bytes, values as typeof MARKERS);
    assert.equal(replaced.length, bytes.length);
    assert.match(replaced.toString('latin1'), /^a [x ]+ \xff$/);
    assert.throws(() => withoutMarkers(bytes, { ...MARKERS, port: '80' } as never), /port has 2 characters, not 5/);
  });
});

describe('the content of a case', () => {
  it('matches the schema that it is generated from', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const [name, schema] of Object.entries(DOCUMENT.components.schemas)) {
      const isFor = /Request|New|Patch|Upload$/.test(name);
      if (!isFor) continue;
      const validate = ajv.compile(schema);
      fc.assert(
        fc.property(valuesOf(schema), (value) => validate(value) || assert.fail(ajv.errorsText(validate.errors))),
      );
    }
  });

  it('is changed in one place, without a change of the original', () => {
    fc.assert(
      fc.property(JSON_CHANGES, (change) => {
        const value = { filters: { speed: 1 }, adjust: ['speed'] };
        changed(value, change);
        assert.deepEqual(value, { filters: { speed: 1 }, adjust: ['speed'] });
      }),
    );
  });

  it('is damaged the same way each time, without a change of the original', () => {
    const others = [...CORPUS.values()];
    const [file] = others as [Buffer];
    const before = Buffer.from(file);
    let different = 0;
    fc.assert(
      fc.property(DAMAGE, (damage) => {
        const result = damaged(file, damage, others);
        assert.ok(result.equals(damaged(file, damage, others)));
        assert.ok(result.length <= 4 << 20);
        different += result.equals(before) ? 0 : 1;
      }),
    );
    assert.ok(file.equals(before));
    assert.ok(different > 50, String(different));
  });
});

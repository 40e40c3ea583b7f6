import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { EXAMPLES, SAMPLE_SOURCE } from '#lib/api/examples.ts';
import { ROUTES } from '#lib/api/routes.ts';
import type { RouteExamples } from '#lib/http/openapi.ts';
import type { RouteEntry, RouteTable } from '#lib/http/route-entry.ts';
import { DEFAULT_BUCKET } from '../../../local/backing-services.ts';
import { SAMPLE } from '../../../local/s3/sample-recording.ts';

const tables: readonly (readonly [string, RouteTable])[] = Object.entries(ROUTES);
const examples = EXAMPLES as Readonly<Record<string, Readonly<Record<string, RouteExamples>>>>;
const routes = tables.flatMap(([table, entries]) =>
  Object.entries(entries)
    .filter(([, { hidden }]) => hidden !== true)
    .map(([name, entry]): [string, RouteEntry, RouteExamples] => [
      `${entry.method} ${entry.path}`,
      entry,
      examples[table]?.[name] ?? assert.fail(`${table}.${name} has no example`),
    ]),
);

describe('the examples', () => {
  for (const [title, { params = {}, query, body, answers }, example] of routes) {
    it(`of ${title} have a value for each part of the path`, () => {
      assert.deepEqual(Object.keys(example.params ?? {}), Object.keys(params));
    });

    it(`of ${title} are requests that it accepts`, () => {
      if (query === undefined) assert.equal(example.query, undefined);
      else query.parse(example.query === undefined ? {} : nested(example.query));
      const bodies = Object.values(example.body ?? {});
      assert.equal(bodies.length > 0, body !== undefined);
      for (const value of bodies) body?.schema.parse(body.read === undefined ? value : body.read(value));
    });

    it(`of ${title} are responses that it gives`, () => {
      for (const [status, value] of Object.entries(example.answers ?? {})) {
        const answer = answers[Number(status)] ?? assert.fail(`${status} is not described`);
        if (answer.json === undefined) assert.equal(typeof value, 'string');
        else answer.json.schema.parse(value);
      }
      const inJson = Object.entries(answers).filter(([, { json }]) => json !== undefined);
      for (const [status] of inJson) assert.ok(example.answers?.[Number(status)] !== undefined, status);
    });
  }

  it('name the recording that the embedded store holds', () => {
    assert.equal(SAMPLE_SOURCE, `s3://${DEFAULT_BUCKET}/${basename(SAMPLE.pathname)}`);
  });
});

/** A query of `GET /transcode` has the filters next to its other fields. */
function nested({ speed, ...others }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return speed === undefined ? others : { ...others, filters: { speed } };
}

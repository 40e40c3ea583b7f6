import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { z } from 'zod';
import { openApiDocument } from '#lib/api/openapi.ts';
import { AppError, ERROR_CATALOGUE } from '#lib/errors.ts';
import { errorBody } from '#lib/http/answer.ts';
import { describeRoutes } from '#lib/http/openapi.ts';
import { get } from '#lib/http/route-entry.ts';
import { acceptedRequests } from '../../support/transcode-requests.ts';

const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3')));
const ajv = new Ajv2020({ strict: false, allErrors: true });
for (const [name, schema] of Object.entries<object>(document.components.schemas)) ajv.addSchema(schema, name);

/** Returns every `$ref` in the document. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => (key === '$ref' ? [String(entry)] : references(entry)));
}

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 and has the version of the service', () => {
    assert.match(document.openapi, /^3\.1\./);
    assert.equal(document.info.version, '1.2.3');
  });

  it('refuses two schemas of one name, because one would describe the responses of the other', () => {
    const info = { title: 't', version: '1', description: 'd' };
    const routes = [z.string(), z.number()].map((schema, index) => ({
      ...get(`/${index}`, {
        ...{ access: 'public', summary: 's' },
        answers: { 200: { description: 'd', json: { name: 'Same', schema } } },
      }),
      ...{ id: `${index}`, tag: 'a', examples: {} },
    }));
    assert.throws(() => describeRoutes({ info, servers: [], tags: [] }, routes), /two schemas have the name Same/);
  });

  it('names the public URL as its server, or a relative URL', () => {
    assert.deepEqual(document.servers, [{ url: '/' }]);
    const url = 'https://audio.example.org';
    assert.deepEqual(openApiDocument('1.2.3', url).servers, [{ url }]);
  });

  it('has no reference to a missing schema', () => {
    const all = references(document);
    assert.ok(all.length > 0);
    for (const reference of all) {
      const path = reference.replace('#/', '').split('/');
      assert.ok(path.reduce((parent, key) => parent?.[key], document) !== undefined, reference);
    }
  });

  it('accepts every request that the service accepts', () => {
    fc.assert(
      fc.property(acceptedRequests({ maxSeconds: 1_000 }), (request) => {
        const sent = JSON.parse(JSON.stringify(request));
        assert.ok(ajv.validate('TranscodeRequest', sent), ajv.errorsText());
      }),
    );
  });

  it('accepts a request with only the required fields, and refuses missing or unknown fields', () => {
    const request = { source_url: 'https://example.org/a.mp3', output_format: 'opus' };
    assert.ok(ajv.validate('TranscodeRequest', request), ajv.errorsText());
    for (const wrong of [{ source_url: request.source_url }, { ...request, codec: 'x' }, { ...request, channels: 3 }]) {
      assert.equal(ajv.validate('TranscodeRequest', wrong), false, JSON.stringify(wrong));
    }
  });

  it('describes the body of errors', () => {
    for (const code of Object.keys(ERROR_CATALOGUE) as (keyof typeof ERROR_CATALOGUE)[]) {
      assert.ok(ajv.validate('Error', errorBody(new AppError(code, { a: 1 }), 'id')), ajv.errorsText());
    }
  });

  it('flattens the request into query parameters, with their limits', () => {
    const parameters: { name: string; required: boolean; description?: string; schema: Record<string, unknown> }[] =
      document.paths['/transcode'].get.parameters;
    for (const { name, description } of parameters) assert.ok(description, `${name} has no description`);
    const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
    assert.deepEqual(required, ['source_url', 'output_format']);
    const names = parameters.map(({ name }) => name);
    for (const name of ['speed', 'pitch', 'eq_preset', 'equalizer', 'volume', 'start_at'])
      assert.ok(names.includes(name));
    assert.ok(!names.includes('filters'));
    const speed = parameters.find(({ name }) => name === 'speed')?.schema;
    assert.deepEqual([speed?.['minimum'], speed?.['maximum']], [0.5, 2]);
  });

  it('gives every operation an id of its own and one of its groups', () => {
    const operations = Object.values<Record<string, { operationId: string; tags: string[] }>>(document.paths).flatMap(
      Object.values<{ operationId: string; tags: string[] }>,
    );
    const ids = operations.map(({ operationId }) => operationId);
    assert.deepEqual(ids, [...new Set(ids)]);
    assert.deepEqual(
      [...new Set(operations.flatMap(({ tags }) => tags))],
      document.tags.map(({ name }: { name: string }) => name),
    );
  });

  it('has an error response for every operation', () => {
    for (const methods of Object.values<Record<string, { responses: object }>>(document.paths)) {
      for (const { responses } of Object.values(methods)) assert.ok('default' in responses);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { jsonAnswer, noContent } from '#lib/http/answer.ts';
import { del, get, post } from '#lib/http/route-entry.ts';
import { serve } from '#lib/http/serve.ts';
import { bufferedFunction } from '../../support/function-url.ts';

const BODY = z.strictObject({ name: z.string().max(3) });
const TABLE = {
  list: get('/things', {
    access: 'transcode',
    summary: 'List things',
    query: z.strictObject({ limit: z.number().max(10).default(5) }),
    answers: {},
  }),
  create: post('/things', {
    access: 'transcode',
    summary: 'Create a thing',
    body: { name: 'Thing', schema: BODY, read: (body) => (typeof body === 'string' ? { name: body } : body) },
    answers: {},
  }),
  join: post('/things/{id}/parts/{part}', {
    access: 'public',
    summary: 'Join things',
    body: { name: 'Form', schema: BODY, format: 'form', refusal: { error: 'invalid_request' } },
    answers: {},
  }),
  remove: del('/things/{id}', { access: 'public', summary: 'Remove a thing', answers: {} }),
};

const { call } = bufferedFunction(
  serve(TABLE, {
    list: ({ query: { limit }, caller: { subject } }) => jsonAnswer(200, { limit: limit + 1, subject }),
    create: ({ body: { name } }) => jsonAnswer(201, { name: name.toUpperCase() }),
    join: ({ params: { id, part }, body: { name } }) => jsonAnswer(200, { id, part, name }),
    remove: () => noContent(),
  }),
);

async function answer(method: string, path: string, body?: string) {
  const answered = await call({ method, path, ...(body === undefined ? {} : { body }) });
  return { status: answered.statusCode, body: answered.body === '' ? '' : JSON.parse(answered.body) };
}

describe('a served table', () => {
  it('passes the parsed values and the caller to its handlers', async () => {
    assert.deepEqual(await answer('GET', '/things'), { status: 200, body: { limit: 6, subject: 'local' } });
    assert.deepEqual((await answer('POST', '/things', '{"name":"abc"}')).body, { name: 'ABC' });
  });

  it('accepts a body in the other notations of its entry', async () => {
    assert.deepEqual(await answer('POST', '/things', '"ab"'), { status: 201, body: { name: 'AB' } });
  });

  it('passes every parameter of the path', async () => {
    const joined = await answer('POST', '/things/7/parts/8', 'name=x');
    assert.deepEqual(joined, { status: 200, body: { id: '7', part: '8', name: 'x' } });
  });

  it('refuses invalid values, and repeats them, before the handler is called', async () => {
    const { status, body } = await answer('POST', '/things', '{"name":"long"}');
    assert.equal(status, 422);
    assert.partialDeepStrictEqual(body, { code: 'VALIDATION_ERROR', details: { field: 'name', value: 'long' } });
    assert.equal(body.details.error, undefined);
  });

  it('repeats nothing of a request to a public route', async () => {
    const { status, body } = await answer('POST', '/things/7/parts/8', 'name=HOSTILE&HOSTILE=HOSTILE');
    assert.equal(status, 422);
    assert.doesNotMatch(JSON.stringify(body), /HOSTILE/);
    assert.deepEqual(
      body.details.errors.map(({ field }: { field: string }) => field),
      ['name', ''],
    );
  });

  it('adds the details of its entry to an error', async () => {
    const { body } = await answer('POST', '/things/7/parts/8', 'name=long');
    assert.partialDeepStrictEqual(body, {
      code: 'VALIDATION_ERROR',
      details: { field: 'name', error: 'invalid_request' },
    });
  });

  it('has an empty response without content', async () => {
    assert.deepEqual(await answer('DELETE', '/things/7'), { status: 204, body: '' });
  });
});

// @ts-expect-error: every route of a table needs a handler.
const incomplete = () => serve(TABLE, { list: () => noContent() });
void incomplete;

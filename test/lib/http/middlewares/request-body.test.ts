import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonAnswer } from '#lib/http/answer.ts';
import { type Asked, bufferedFunction } from '../../../support/function-url.ts';

const ECHO = {
  path: '/',
  access: 'public',
  handler: ({ body }: { body: unknown }) => jsonAnswer(200, { body }),
} as const;
const { call } = bufferedFunction([
  { ...ECHO, method: 'POST' },
  { ...ECHO, method: 'PATCH' },
  { ...ECHO, method: 'GET' },
]);

async function post(asked: Partial<Asked>) {
  const { statusCode, body } = await call({ method: 'POST', path: '/', ...asked });
  return { statusCode, answer: JSON.parse(body) };
}

describe('the JSON body', () => {
  it('is parsed, whatever its media type', async () => {
    for (const type of ['application/json', 'text/plain', 'application/json; charset=utf-8']) {
      const { answer } = await post({ body: '{"a":"ü"}', headers: { 'content-type': type } });
      assert.deepEqual(answer, { body: { a: 'ü' } });
    }
    assert.deepEqual((await post({ method: 'PATCH', body: '[1]' })).answer, { body: [1] });
  });

  it('is parsed when the platform has encoded it', async () => {
    const body = Buffer.from('{"a":"ü"}').toString('base64');
    assert.deepEqual((await post({ body, isBase64Encoded: true })).answer, { body: { a: 'ü' } });
  });

  it('is INVALID_JSON when it is none', async () => {
    for (const body of ['', '{', 'undefined', "{'a':1}", '{"a":1}x', 'NaN']) {
      const { statusCode, answer } = await post({ body });
      assert.equal(statusCode, 400, body);
      assert.equal(answer.code, 'INVALID_JSON');
    }
    assert.equal((await post({})).answer.code, 'INVALID_JSON');
    assert.equal((await post({ body: '%%%', isBase64Encoded: true })).answer.code, 'INVALID_JSON');
  });

  it('cannot reach what all objects have', async () => {
    assert.equal((await post({ body: '{"__proto__":{"polluted":true}}' })).answer.code, 'VALIDATION_ERROR');
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  it('is PAYLOAD_TOO_LARGE over its limit, in bytes, and taken at its limit', async () => {
    const exact = JSON.stringify('x'.repeat(998));
    assert.equal((await post({ body: exact })).statusCode, 200);
    const { statusCode, answer } = await post({ body: `${exact} ` });
    assert.equal(statusCode, 413);
    assert.equal(answer.code, 'PAYLOAD_TOO_LARGE');
    assert.deepEqual(answer.details, { limit_bytes: 1_000, size_bytes: 1_001 });
    assert.equal((await post({ body: JSON.stringify('ü'.repeat(500)) })).statusCode, 413);
    const encoded = Buffer.from(exact).toString('base64');
    assert.equal((await post({ body: encoded, isBase64Encoded: true })).statusCode, 200);
    const tooLong = Buffer.from(`${exact} `).toString('base64');
    assert.equal((await post({ body: tooLong, isBase64Encoded: true })).statusCode, 413);
  });

  it('is not asked of methods that have none', async () => {
    assert.equal((await call({ method: 'GET', path: '/', body: '{' })).statusCode, 200);
  });
});

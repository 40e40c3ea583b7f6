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
  it('is parsed for any media type', async () => {
    for (const type of ['application/json', 'text/plain', 'application/json; charset=utf-8']) {
      const { answer } = await post({ body: '{"a":"ü"}', headers: { 'content-type': type } });
      assert.deepEqual(answer, { body: { a: 'ü' } });
    }
    assert.deepEqual((await post({ method: 'PATCH', body: '[1]' })).answer, { body: [1] });
  });

  it('is parsed when the platform encoded it in base64', async () => {
    const body = Buffer.from('{"a":"ü"}').toString('base64');
    assert.deepEqual((await post({ body, isBase64Encoded: true })).answer, { body: { a: 'ü' } });
  });

  it('is refused with INVALID_JSON when it is not JSON', async () => {
    for (const body of ['', '{', 'undefined', "{'a':1}", '{"a":1}x', 'NaN']) {
      const { statusCode, answer } = await post({ body });
      assert.equal(statusCode, 400, body);
      assert.equal(answer.code, 'INVALID_JSON');
    }
    assert.equal((await post({})).answer.code, 'INVALID_JSON');
    assert.equal((await post({ body: '%%%', isBase64Encoded: true })).answer.code, 'INVALID_JSON');
  });

  it('cannot change the prototype of objects', async () => {
    assert.equal((await post({ body: '{"__proto__":{"polluted":true}}' })).answer.code, 'VALIDATION_ERROR');
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  it('is refused with PAYLOAD_TOO_LARGE above the limit in bytes, and accepted at the limit', async () => {
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

  it('is not required for methods without a body', async () => {
    assert.equal((await call({ method: 'GET', path: '/', body: '{' })).statusCode, 200);
  });
});

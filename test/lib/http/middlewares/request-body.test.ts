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

const never = () => assert.fail('must not be called');

async function post(asked: Partial<Asked>) {
  const { statusCode, body } = await call({ method: 'POST', path: '/', ...asked });
  return { statusCode, answer: JSON.parse(body) };
}

describe('the JSON body', () => {
  it('of a program is parsed for any media type', async () => {
    for (const type of ['application/json', 'text/plain', 'application/json; charset=utf-8']) {
      const { answer } = await post({ body: '{"a":"ü"}', headers: { 'content-type': type } });
      assert.deepEqual(answer, { body: { a: 'ü' } });
    }
    assert.deepEqual((await post({ method: 'PATCH', body: '[1]' })).answer, { body: [1] });
  });

  it('of a web page must have a type that the browser asks about before it sends it', async () => {
    const origin = { origin: 'https://page.example' };
    for (const page of [origin, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-origin' }]) {
      const types = [{ 'content-type': 'text/plain' }, { 'content-type': 'application/x-www-form-urlencoded' }, {}];
      for (const type of types) {
        const { statusCode, answer } = await post({ body: '{}', headers: { ...page, ...type } });
        assert.equal(statusCode, 415);
        assert.partialDeepStrictEqual(answer, { code: 'UNSUPPORTED_FORMAT', details: { types: ['application/json'] } });
      }
      for (const type of ['application/json', 'APPLICATION/JSON; charset=utf-8', 'application/merge-patch+json']) {
        const { statusCode } = await post({ body: '{}', headers: { ...page, 'content-type': type } });
        assert.equal(statusCode, 200, type);
      }
    }
    const byHand = await post({ body: '{}', headers: { 'sec-fetch-site': 'none', 'content-type': 'text/plain' } });
    assert.equal(byHand.statusCode, 200);
  });

  it('is refused when it has too many values, before it is parsed', async () => {
    const { call: callLarge } = bufferedFunction([{ ...ECHO, method: 'POST' }], { maxBodyBytes: 65_536 });
    const list = (entry: string, count: number) => `[${Array(count).fill(entry).join(',')}]`;
    for (const [body, status] of [
      [list('1', 1_024), 200],
      [list('1', 1_025), 422],
      [list(list('1', 1_000), 5), 422],
      [`${'['.repeat(5_000)}`, 422],
      [`{${Array.from({ length: 1_025 }, (_, index) => `"k${index}":1`)}}`, 422],
    ] as const) {
      const { statusCode } = await callLarge({ method: 'POST', path: '/', body });
      assert.equal(statusCode, status, body.slice(0, 20));
    }
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
    for (const body of ['{"__proto__":{"polluted":true}}', '[{"constructor":{"prototype":{"polluted":true}}}]']) {
      assert.equal((await post({ body })).answer.code, 'VALIDATION_ERROR');
    }
    assert.equal((await post({ body: '{"constructor":"a"}' })).statusCode, 200);
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

  it('may be larger on a route that reads it in a thread of its own', async () => {
    const read: { bytes: number; account: string }[] = [];
    const { call: callLarge } = bufferedFunction(
      [{ ...ECHO, method: 'POST', large: { maxBytes: 100_000, module: async () => ({ url: 'file:', read: never }) } }],
      {
        largeBodies: {
          async read(_module, { body, account }) {
            read.push({ bytes: body.length, account });
            return 'read elsewhere';
          },
        },
      },
    );
    const send = async (bytes: number) => {
      const { statusCode, body } = await callLarge({ method: 'POST', path: '/', body: `"${'x'.repeat(bytes - 2)}"` });
      return { statusCode, body: JSON.parse(body).body };
    };
    assert.equal((await send(65_536)).body.length, 65_534);
    assert.deepEqual(read, []);
    assert.deepEqual(await send(100_000), { statusCode: 200, body: 'read elsewhere' });
    assert.deepEqual(read, [{ bytes: 100_000, account: '203.0.113.7' }]);
    assert.equal((await send(100_001)).statusCode, 413);
  });

  it('is not required for methods without a body', async () => {
    assert.equal((await call({ method: 'GET', path: '/', body: '{' })).statusCode, 200);
  });
});

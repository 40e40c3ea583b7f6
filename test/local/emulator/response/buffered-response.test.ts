import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toBufferedResponse, toLongResponse } from '../../../../local/emulator/response/buffered-response.ts';
import { InvalidResponse } from '../../../../local/emulator/response/response-head.ts';
import { ResponseTooLarge } from '../../../../local/emulator/response/response-too-large.ts';

const LIMIT = 1000;

function respond(result: unknown) {
  const { head, body } = toBufferedResponse(result, LIMIT);
  return { ...head, body: typeof body === 'string' ? body : body.toString('latin1') };
}

const json = { statusCode: 200, headers: { 'content-type': 'application/json' }, cookies: [] };

test('converts an object with a status to a response', () => {
  const result = {
    statusCode: 201,
    headers: { 'Content-Type': 'text/plain', 'X-N': 1 },
    cookies: ['a=b; Secure'],
    body: 'hi',
  };
  assert.deepEqual(respond(result), {
    statusCode: 201,
    headers: { 'content-type': 'text/plain', 'x-n': '1' },
    cookies: ['a=b; Secure'],
    body: 'hi',
  });
});

test('decodes a base64 body', () => {
  const result = { statusCode: 200, isBase64Encoded: true, body: Buffer.from([0, 255, 1]).toString('base64') };
  assert.equal(respond(result).body, '\x00\xff\x01');
});

test('sends an object without a status as JSON, with 200', () => {
  assert.deepEqual(respond({ message: 'hi', left: undefined }), { ...json, body: '{"message":"hi"}' });
});

test('sends a string unchanged as the body', () => {
  assert.deepEqual(respond('hi'), { ...json, body: 'hi' });
});

test('sends undefined as null', () => {
  assert.deepEqual(respond(undefined), { ...json, body: 'null' });
});

test('sends no body for a response without one', () => {
  assert.equal(respond({ statusCode: 204 }).body, '');
});

test('writes a body that is an object as JSON', () => {
  assert.equal(respond({ statusCode: 200, body: { a: [1] } }).body, '{"a":[1]}');
});

for (const result of [{ statusCode: 'teapot' }, { statusCode: 200, headers: { 'a b': 'c' } }, { size: 1n }]) {
  test(`rejects ${Object.keys(result)} ${String(Object.values(result)[0])}`, () => {
    assert.throws(() => respond(result), InvalidResponse);
  });
}

test('applies the limit to the bytes of the JSON, not the characters of the body', () => {
  assert.equal(respond({ statusCode: 200, body: 'x'.repeat(LIMIT - 50) }).body.length, LIMIT - 50);
  assert.throws(() => respond({ statusCode: 200, body: 'x'.repeat(LIMIT) }), ResponseTooLarge);
  assert.throws(() => respond({ statusCode: 200, body: '\0'.repeat(LIMIT / 4) }), ResponseTooLarge);
});

test('converts a long text as any other, and applies the limit to the bytes of its JSON', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '"', '\0', 'é', '\ud800', '😀'), maxLength: 400 });
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (body, isBase64Encoded) => {
      const result = { statusCode: 200, headers: { 'X-N': 1 }, body, isBase64Encoded };
      const expected = outcomeOf(() => toBufferedResponse(result, LIMIT));
      assert.deepEqual(await toLongResponse(result, LIMIT).catch(({ name }: Error) => name), expected);
    }),
  );
  await assert.rejects(
    toLongResponse({ statusCode: 200, headers: { a: 1n }, body: 'x'.repeat(900) }, LIMIT),
    InvalidResponse,
  );
});

test('serves other requests while it counts a text of 6 MB', async () => {
  let turns = 0;
  let isCounted = false;
  (function turn() {
    turns += 1;
    if (!isCounted) setImmediate(turn);
  })();
  const body = 'https://bucket.example/720p.mp4\n'.repeat(180_000);
  assert.equal((await toLongResponse({ statusCode: 200, body }, 6 * 2 ** 20)).body, body);
  isCounted = true;
  assert.ok(turns > 40, `${turns}`);
});

function outcomeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return (error as Error).name;
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createPreludeDecoder, type PreludeDecoder } from '../../../../local/emulator/response/prelude.ts';
import { InvalidResponse } from '../../../../local/emulator/response/response-head.ts';

const NULS = '\0'.repeat(8);

function decode(chunks: Buffer[]) {
  const decoder = createPreludeDecoder();
  let found: ReturnType<PreludeDecoder['push']>;
  const rest: Buffer[] = [];
  for (const chunk of chunks) {
    if (found) rest.push(chunk);
    else {
      found = decoder.push(chunk);
      if (found) rest.push(found.rest);
    }
  }
  return { head: found?.head, body: Buffer.concat(rest).toString('latin1') };
}

test('finds the prelude and the body at any chunk boundaries', () => {
  const prelude = JSON.stringify({
    statusCode: 201,
    headers: { 'Content-Type': 'audio/ogg', 'X-A': 1 },
    cookies: ['a=b'],
  });
  fc.assert(
    // A body may begin with the delimiter's own bytes.
    fc.property(fc.nat(9), fc.uniqueArray(fc.nat(prelude.length + 20)), (nuls, cuts) => {
      const body = `${'\0'.repeat(nuls)}body`;
      const bytes = Buffer.from(prelude + NULS + body, 'latin1');
      const edges = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
      assert.deepEqual(decode(chunks), {
        head: { statusCode: 201, headers: { 'content-type': 'audio/ogg', 'x-a': '1' }, cookies: ['a=b'] },
        body,
      });
    }),
  );
});

test('uses 200 and application/octet-stream for a prelude without status and content type', () => {
  assert.deepEqual(decode([Buffer.from(`{}${NULS}x`)]).head, {
    statusCode: 200,
    headers: { 'content-type': 'application/octet-stream' },
    cookies: [],
  });
});

test('drops a function’s headers that belong to the connection', () => {
  const headers = { 'Transfer-Encoding': 'chunked', Connection: 'close', 'Content-Length': '3', a: 'b' };
  assert.deepEqual(decode([Buffer.from(JSON.stringify({ headers }) + NULS)]).head?.headers, {
    'content-type': 'application/octet-stream',
    a: 'b',
  });
});

const broken = {
  'invalid JSON': 'statusCode: 200',
  'an array': '[]',
  'an impossible status': '{"statusCode":99}',
  'an interim status': '{"statusCode":101}',
  'a status that is not a number': '{"statusCode":"ok"}',
  'a header with a line break': '{"headers":{"a":"b\\r\\nset-cookie: c"}}',
  'a header name with a space': '{"headers":{"a b":"c"}}',
  'a header that is an object': '{"headers":{"a":{}}}',
  'cookies that are not an array': '{"cookies":"a=b"}',
  'a header name outside ASCII': '{"headers":{"größe":"1"}}',
};

for (const [what, prelude] of Object.entries(broken)) {
  test(`refuses a prelude with ${what}`, () => {
    assert.throws(() => decode([Buffer.from(prelude + NULS)]), InvalidResponse);
  });
}

test('refuses a stream without a delimiter after 64 KiB', () => {
  const decoder = createPreludeDecoder();
  const chunk = Buffer.alloc(16 * 1024, ' ');
  assert.throws(() => {
    for (let index = 0; index < 6; index++) decoder.push(chunk);
  }, InvalidResponse);
});

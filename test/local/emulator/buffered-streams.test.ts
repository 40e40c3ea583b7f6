import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onScript, startFixture, withHead } from './fixture.ts';

test('buffers a stream and sends it as one response for a BUFFERED URL', async (t) => {
  const { url } = await startFixture(t);
  onScript(({ stream }) => {
    withHead(stream, { statusCode: 201, headers: { 'content-type': 'audio/ogg' } }).write('a');
    stream.end('b');
  });
  const response = await fetch(`${url}/script-buffered`);
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('content-length'), '2');
  assert.equal(await response.text(), 'ab');
});

test('sends the response that a stream of JSON describes for a BUFFERED URL', async (t) => {
  const { url } = await startFixture(t);
  onScript(({ stream }) => stream.end('{"statusCode":202,"body":"inner"}'));
  const response = await fetch(`${url}/script-buffered`);
  assert.equal(response.status, 202);
  assert.equal(await response.text(), 'inner');
});

test('responds with 502 to a stream over 6 MiB for a BUFFERED URL', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  onScript(({ stream }) => stream.end(Buffer.alloc(6 * 1024 * 1024 + 1)));
  assert.equal((await fetch(`${url}/script-buffered`)).status, 502);
  assert.equal((await nextRecord()).outcome.kind, 'too_large');
});

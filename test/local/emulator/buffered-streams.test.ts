import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onScript, startFixture, withHead } from './fixture.ts';

test('behind a BUFFERED URL the bytes of a stream are kept and sent as one response', async (t) => {
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

test('behind a BUFFERED URL a stream of JSON is read as the response it describes', async (t) => {
  const { url } = await startFixture(t);
  onScript(({ stream }) => stream.end('{"statusCode":202,"body":"inner"}'));
  const response = await fetch(`${url}/script-buffered`);
  assert.equal(response.status, 202);
  assert.equal(await response.text(), 'inner');
});

test('behind a BUFFERED URL a stream over 6 MiB is a 502', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  onScript(({ stream }) => stream.end(Buffer.alloc(6 * 1024 * 1024 + 1)));
  assert.equal((await fetch(`${url}/script-buffered`)).status, 502);
  assert.equal((await nextRecord()).outcome.kind, 'too_large');
});

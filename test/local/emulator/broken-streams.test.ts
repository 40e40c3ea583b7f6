import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { onScript, openRaw, probed, readRaw, startFixture, withHead } from './fixture.ts';

test('responds with 502 when a handler fails before its first byte', async (t) => {
  const { url } = await startFixture(t);
  onScript(({ stream }) => {
    withHead(stream, { statusCode: 200 });
    throw new Error('on purpose');
  });
  const response = await fetch(`${url}/script`);
  assert.equal(response.status, 502);
  assert.deepEqual(await response.json(), { message: 'Internal Server Error' });
});

test('responds with 502 when a source fails before its first byte', async (t) => {
  const { url } = await startFixture(t);
  onScript(({ stream }) => {
    const source = new Readable({ read: () => source.destroy(new Error('on purpose')) });
    return pipeline(source, withHead(stream, { statusCode: 200 }));
  });
  assert.equal((await fetch(`${url}/script`)).status, 502);
});

test('fails the response after all written bytes when an error occurs in the middle of a stream', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  onScript(async ({ stream }) => {
    withHead(stream, { statusCode: 200 }).write('written');
    stream.write(Buffer.alloc(500_000, 'x'));
    throw new Error('on purpose');
  });
  const response = await fetch(`${url}/script`);
  assert.equal(response.status, 200);
  let received = 0;
  await assert.rejects(async () => {
    for await (const chunk of response.body ?? []) received += chunk.length;
  }, /terminated/);
  assert.equal(received, 500_007);
  assert.equal((await nextRecord()).outcome.kind, 'failed');
});

test('ends a connection that is cut without the last chunk', async (t) => {
  const { port } = await startFixture(t);
  onScript(async ({ stream }) => {
    withHead(stream, { statusCode: 200 }).write('written');
    throw new Error('on purpose');
  });
  const received = await readRaw(openRaw(t, port, 'GET /script HTTP/1.1\r\nHost: x\r\n\r\n'));
  assert.ok(received.endsWith('7\r\nwritten\r\n'), received);
});

test('fails the response when the handler destroys its stream', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  onScript(({ stream }) => {
    withHead(stream, { statusCode: 200 }).write('written');
    stream.destroy();
  });
  const response = await fetch(`${url}/script`);
  await assert.rejects(response.text(), /terminated/);
  assert.equal((await nextRecord()).outcome.kind, 'failed');
});

test('keeps the response complete when the handler fails after it has ended it', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  onScript(async ({ stream }) => {
    withHead(stream, { statusCode: 200 }).write('whole');
    stream.end();
    await once(stream, 'finish');
    throw new Error('on purpose');
  });
  const response = await fetch(`${url}/script`);
  assert.equal(await response.text(), 'whole');
  assert.equal(response.headers.get('connection'), 'keep-alive');
  assert.equal((await nextRecord()).outcome.kind, 'failed');
});

test('responds with 502 when a stream times out before the first byte', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  assert.equal((await fetch(`${url}/stuck`)).status, 502);
  assert.equal((await nextRecord()).outcome.kind, 'timed_out');
});

test('cuts a stream that times out after the first byte, and aborts its signal', async (t) => {
  const { url, nextRecord, emulator } = await startFixture(t);
  const called = probed<[{ clientSignal: AbortSignal }]>('stuck');
  const response = await fetch(`${url}/stuck`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'a',
  });
  assert.equal(response.status, 200);
  await assert.rejects(response.text(), /terminated/);
  assert.deepEqual((await nextRecord()).outcome, { kind: 'timed_out', timeoutMs: 100 });
  assert.equal((await called)[0].clientSignal.aborted, true);
  await emulator.idle();
});

test('cuts a stream after 200 MiB under the limits of the platform', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  const response = await fetch(`${url}/flood`);
  let received = 0;
  await assert.rejects(async () => {
    for await (const chunk of response.body ?? []) received += chunk.length;
  }, /terminated/);
  assert.equal(received, 200 * 1024 * 1024);
  assert.deepEqual((await nextRecord()).outcome, { kind: 'too_large', limitBytes: 200 * 1024 * 1024 });
});

test('continues a stream after 200 MiB under the limits of a host', async (t) => {
  const { url } = await startFixture(t, { limits: 'host' });
  const leave = new AbortController();
  const response = await fetch(`${url}/flood`, { signal: leave.signal });
  let received = 0;
  for await (const chunk of response.body ?? []) {
    received += chunk.length;
    if (received > 201 * 1024 * 1024) break;
  }
  leave.abort();
});

test('resets the connection of an HTTP/1.0 client, which does not support chunks', async (t) => {
  const { port } = await startFixture(t);
  const { promise: read, resolve: wasRead } = Promise.withResolvers<void>();
  onScript(async ({ stream }) => {
    withHead(stream, { statusCode: 200 }).write('written');
    await read;
    throw new Error('on purpose');
  });
  const socket = openRaw(t, port, 'GET /script HTTP/1.0\r\n\r\n');
  const failed = once(socket, 'error');
  socket.on('data', (bytes) => bytes.includes('written') && wasRead());
  const [error] = (await failed) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNRESET');
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { onScript, openRaw, probed, readRaw, type ScriptCall, startFixture, withHead } from './fixture.ts';

test('idle waits for running invocations while new requests are still accepted', async (t) => {
  const { emulator, url } = await startFixture(t);
  await emulator.idle();
  const called = probed<[() => void]>('waits');
  const answer = fetch(`${url}/waits`);
  const [finish] = await called;
  const idle = emulator.idle();
  assert.equal((await fetch(`${url}/nowhere`)).status, 404);
  finish();
  await idle;
  assert.equal((await answer).status, 200);
});

test('close lets running invocations end within the grace period, and closes idle connections at once', async (t) => {
  const { emulator, url, port } = await startFixture(t);
  const resting = openRaw(t, port, 'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(resting, 'data');
  const called = probed<[() => void]>('waits');
  const answer = fetch(`${url}/waits`);
  const [finish] = await called;
  const closing = emulator.close({ graceMs: 60_000 });
  await once(resting, 'close');
  finish();
  const response = await answer;
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('connection'), 'close');
  await closing;
  await assert.rejects(fetch(`${url}/nowhere`));
});

test('close ends the connection of a running stream when the stream ends', async (t) => {
  const { emulator, port } = await startFixture(t);
  const opened = Promise.withResolvers<ScriptCall>();
  onScript((call) => {
    withHead(call.stream, { statusCode: 200 }).write('a');
    opened.resolve(call);
    return once(call.stream, 'finish');
  });
  const socket = openRaw(t, port, 'GET /script HTTP/1.1\r\nHost: x\r\n\r\n');
  const received = readRaw(socket);
  const { stream } = await opened.promise;
  const closing = emulator.close({ graceMs: 60_000 });
  stream.end('b');
  assert.ok((await received).endsWith('1\r\na\r\n1\r\nb\r\n0\r\n\r\n'));
  await closing;
});

test('close cuts running invocations after the grace period, and their handlers can still clean up', async (t) => {
  const { emulator, url, nextRecord } = await startFixture(t);
  let cleanedUp = false;
  onScript(async ({ stream, context }) => {
    withHead(stream, { statusCode: 200 }).write('a');
    await once(context.clientSignal, 'abort');
    await new Promise(setImmediate);
    cleanedUp = true;
  });
  const response = await fetch(`${url}/script`);
  await emulator.close({ graceMs: 10 });
  assert.equal(cleanedUp, true);
  await assert.rejects(response.text());
  assert.equal((await nextRecord()).outcome.kind, 'client_left');
});

test('close also ends invocations without HTTP', async (t) => {
  const { emulator } = await startFixture(t);
  const called = probed('stuck');
  const answer = emulator.invoke('stuck', {});
  await called;
  const rejected = assert.rejects(answer);
  await emulator.close({ settleMs: 1_000 });
  await rejected;
});

test('close works without listen, and twice', async (t) => {
  const { emulator } = await startFixture(t);
  await emulator.close();
  await emulator.close();
});

test('listen rejects when the port is in use', async (t) => {
  const { port } = await startFixture(t);
  const other = await startFixture(t);
  await other.emulator.close();
  await assert.rejects(other.emulator.listen({ host: '127.0.0.1', port }), { code: 'EADDRINUSE' });
});

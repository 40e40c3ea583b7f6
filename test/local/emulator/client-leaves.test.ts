import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { NO_DEADLINE_MS } from '../../../local/emulator/invocation/context.ts';
import { onScript, openRaw, probed, type ScriptCall, startFixture, withHead } from './fixture.ts';

test('aborts the signal and fails the pipeline when the client disconnects', async (t) => {
  const { port, nextRecord } = await startFixture(t);
  const failure = Promise.withResolvers<unknown>();
  const aborted = Promise.withResolvers<unknown>();
  onScript(({ stream, context }) => {
    context.clientSignal.addEventListener('abort', () => aborted.resolve(context.clientSignal.reason));
    const endless = new Readable({ read: () => setImmediate(() => endless.push('bytes')) });
    return pipeline(endless, withHead(stream, { statusCode: 200 })).catch(failure.resolve);
  });
  const socket = openRaw(t, port, 'GET /script HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  assert.match(String(await failure.promise), /client has disconnected/);
  assert.match(String(await aborted.promise), /client has disconnected/);
  assert.deepEqual((await nextRecord()).outcome, { kind: 'client_left' });
});

test('aborts the signal when the client disconnects before the first byte', async (t) => {
  const { port, nextRecord } = await startFixture(t);
  const called = Promise.withResolvers<ScriptCall>();
  onScript((call) => {
    called.resolve(call);
    return once(call.context.clientSignal, 'abort');
  });
  const socket = openRaw(t, port, 'GET /script HTTP/1.1\r\nHost: x\r\n\r\n');
  await called.promise;
  socket.destroy();
  assert.equal((await nextRecord()).outcome.kind, 'client_left');
});

test('survives a disconnect when the handler has no error listeners', async (t) => {
  const { port, nextRecord } = await startFixture(t);
  onScript(async ({ stream, context }) => {
    withHead(stream, { statusCode: 200 }).write('a');
    await once(context.clientSignal, 'abort');
    stream.write('into the void');
    stream.end();
  });
  const socket = openRaw(t, port, 'GET /script HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  assert.equal((await nextRecord()).outcome.kind, 'client_left');
});

test('counts an invocation as running until its handler settles', async (t) => {
  const { emulator, port, nextRecord } = await startFixture(t);
  const called = probed<[() => void, ScriptCall['context']]>('waits');
  const socket = openRaw(t, port, 'GET /waits HTTP/1.1\r\nHost: x\r\n\r\n');
  const [finish, context] = await called;
  socket.destroy();
  await once(context.clientSignal, 'abort');
  assert.equal(emulator.running, 1);
  finish();
  assert.equal((await nextRecord()).outcome.kind, 'client_left');
  assert.equal(emulator.running, 0);
});

for (const limits of ['platform', 'host'] as const) {
  test(`abandons a handler that never settles after its timeout (${limits})`, async (t) => {
    const { emulator, port, nextRecord } = await startFixture(t, { limits });
    const called = probed<[ScriptCall['context']]>('stuck');
    const socket = openRaw(t, port, 'GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n');
    const [context] = await called;
    if (limits === 'host') assert.equal(context.getRemainingTimeInMillis(), NO_DEADLINE_MS);
    socket.destroy();
    assert.equal((await nextRecord()).outcome.kind, 'client_left');
    assert.equal(emulator.running, 0);
  });
}

test('does not start the function when the client disconnects during its request', async (t) => {
  const { emulator, port, url } = await startFixture(t);
  const socket = openRaw(t, port, 'POST /waits HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf');
  await once(socket, 'connect');
  socket.resume().end();
  await once(socket, 'close');
  assert.equal((await fetch(`${url}/nowhere`)).status, 404);
  assert.equal(emulator.running, 0);
});

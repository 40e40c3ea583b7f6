import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { readService } from '../../../local/emulator/definition/service.ts';
import { createEmulator } from '../../../local/emulator/emulator.ts';
import { FIXTURE, onScript, onValue, probed, type ScriptCall, startFixture, withHead } from './fixture.ts';

test('invokes a buffered function without HTTP', async (t) => {
  const { emulator } = await startFixture(t);
  onValue((event) => ({ statusCode: 201, cookies: ['a=b'], body: JSON.stringify(event) }));
  const response = await emulator.invoke('value', { own: 'event' });
  assert.equal(response.statusCode, 201);
  assert.deepEqual(response.cookies, ['a=b']);
  assert.equal(await text(response.body), '{"own":"event"}');
});

test('returns a decoded stream as it is written', async (t) => {
  const { emulator, nextRecord } = await startFixture(t);
  const opened = Promise.withResolvers<ScriptCall>();
  onScript((call) => {
    withHead(call.stream, { statusCode: 206, headers: { 'X-A': 'b' } }).write('first');
    opened.resolve(call);
    return once(call.stream, 'finish');
  });
  const { statusCode, headers, body } = await emulator.invoke('script', {});
  assert.equal(statusCode, 206);
  assert.equal(headers['x-a'], 'b');
  const [first] = (await once(body, 'data')) as [Buffer];
  assert.equal(first.toString(), 'first');
  (await opened.promise).stream.end('second');
  assert.equal(await text(body), 'second');
  assert.equal((await nextRecord()).outcome.kind, 'completed');
});

test('fails the body after all written bytes when a stream breaks', async (t) => {
  const { emulator } = await startFixture(t);
  onScript(({ stream }) => {
    withHead(stream, { statusCode: 200 }).write('one ');
    stream.write('two');
    throw new Error('on purpose');
  });
  const { body } = await emulator.invoke('script', {});
  let received = '';
  await assert.rejects(async () => {
    for await (const chunk of body) received += chunk;
  }, /cut off/);
  assert.equal(received, 'one two');
});

test('pauses the function when the caller does not read', async (t) => {
  const { emulator, nextRecord } = await startFixture(t);
  const paused = probed<[number]>('flood paused');
  const { body } = await emulator.invoke('flood', {});
  assert.ok((await paused)[0] <= 128 * 1024);
  body.destroy();
  assert.equal((await nextRecord()).outcome.kind, 'client_left');
});

test('rejects and notifies the function when it is aborted before the head', async (t) => {
  const { emulator, nextRecord } = await startFixture(t);
  const called = Promise.withResolvers<void>();
  onScript(({ context }) => {
    called.resolve();
    return once(context.clientSignal, 'abort');
  });
  const caller = new AbortController();
  const answer = emulator.invoke('script', {}, { signal: caller.signal });
  await called.promise;
  caller.abort();
  await assert.rejects(answer, { name: 'AbortError' });
  assert.equal((await nextRecord()).outcome.kind, 'client_left');
});

test('fails the body when it is aborted after the head', async (t) => {
  const { emulator, nextRecord } = await startFixture(t);
  const caller = new AbortController();
  const { body } = await emulator.invoke('flood', {}, { signal: caller.signal });
  caller.abort();
  await assert.rejects(text(body), { name: 'AbortError' });
  assert.equal((await nextRecord()).outcome.kind, 'client_left');
});

test('fails with the reason when a function takes a callback', async () => {
  const records: unknown[] = [];
  const service = await readService(FIXTURE);
  const emulator = createEmulator({ service, limits: 'platform', log: ({ outcome }) => records.push(outcome) });
  const { statusCode } = await emulator.invoke('callback', {});
  assert.equal(statusCode, 502);
  const [outcome] = records as [{ kind: string; error: Error }];
  assert.match(
    outcome.error.message,
    /"callback".*takes a callback, which the runtime of Node\.js 24 does not support/,
  );
  await assert.rejects(emulator.listen({ host: '127.0.0.1', port: 0 }), /"callback"/);
  await emulator.close();
});

test('rejects an unknown function', async (t) => {
  const { emulator } = await startFixture(t);
  await assert.rejects(emulator.invoke('unknown', {}), /No function "unknown"/);
});

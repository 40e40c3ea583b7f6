import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { onScript, openRaw, probed, readRaw, type ScriptCall, startFixture, withHead } from './fixture.ts';

test('sends status, headers and cookies of the prelude, and bytes as they are written', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  const opened = Promise.withResolvers<ScriptCall>();
  const done = Promise.withResolvers<void>();
  onScript((call) => {
    const stream = withHead(call.stream, {
      statusCode: 206,
      headers: { 'Content-Type': 'audio/ogg' },
      cookies: ['a=b'],
    });
    stream.write('first');
    opened.resolve({ ...call, stream });
    return done.promise;
  });
  const response = await fetch(`${url}/script`);
  assert.equal(response.status, 206);
  assert.equal(response.headers.get('content-type'), 'audio/ogg');
  assert.equal(response.headers.get('transfer-encoding'), 'chunked');
  assert.deepEqual(response.headers.getSetCookie(), ['a=b']);
  const reader = response.body?.getReader();
  assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'first');
  // The function is still running: nothing was buffered.
  const { stream } = await opened.promise;
  stream.write('second');
  assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'second');
  stream.end();
  done.resolve();
  assert.equal((await reader?.read())?.done, true);
  assert.equal((await nextRecord()).outcome.kind, 'completed');
});

test('sends the head at once when the first write is empty', async (t) => {
  const { url } = await startFixture(t);
  const opened = Promise.withResolvers<ScriptCall>();
  const done = Promise.withResolvers<void>();
  onScript((call) => {
    withHead(call.stream, { statusCode: 200 }).write('');
    opened.resolve(call);
    return done.promise;
  });
  const response = await fetch(`${url}/script`);
  assert.equal(response.status, 200);
  (await opened.promise).stream.end();
  done.resolve();
  assert.equal(await response.text(), '');
});

test('sends head and first bytes in one packet when they are written together', async (t) => {
  const { port } = await startFixture(t);
  const done = Promise.withResolvers<void>();
  onScript(({ stream }) => {
    withHead(stream, { statusCode: 200 }).write('');
    stream.write('together');
    return done.promise.then(() => stream.end());
  });
  const socket = openRaw(t, port, 'GET /script HTTP/1.1\r\nHost: x\r\n\r\n');
  const [first] = (await once(socket, 'data')) as [Buffer];
  assert.match(first.toString(), /^HTTP\/1\.1 200 OK[\s\S]*together/);
  done.resolve();
});

test('responds with 200 and the content type that was set for a stream without a prelude', async (t) => {
  const { url } = await startFixture(t);
  onScript(({ stream }) => {
    stream.setContentType('text/plain');
    stream.end('bytes');
  });
  const response = await fetch(`${url}/script`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/plain');
  assert.equal(await response.text(), 'bytes');
});

test('loses status and headers for an end without a write, as on the platform', async (t) => {
  const { url } = await startFixture(t);
  onScript(({ stream }) => withHead(stream, { statusCode: 404, headers: { 'x-lost': 'yes' } }).end());
  const response = await fetch(`${url}/script`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('x-lost'), null);
  assert.equal(await response.text(), '');
});

for (const [what, bytes] of Object.entries({
  'is not JSON': `nonsense${'\0'.repeat(8)}body`,
  'has no end': '{"statusCode":200}',
  'is too long': 'x'.repeat(70_000),
})) {
  test(`responds with 502 to a prelude that ${what}`, async (t) => {
    const { url, nextRecord } = await startFixture(t);
    onScript(({ stream }) => {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.end(bytes);
    });
    const response = await fetch(`${url}/script`);
    assert.equal(response.status, 502);
    assert.deepEqual(await response.json(), { message: 'Internal Server Error' });
    assert.equal((await nextRecord()).outcome.kind, 'failed');
  });
}

test('assembles a prelude from many writes', async (t) => {
  const { url } = await startFixture(t);
  onScript(async ({ stream }) => {
    stream.setContentType('application/vnd.awslambda.http-integration-response');
    for (const character of `{"statusCode":203}${'\0'.repeat(8)}body`) {
      stream.write(character);
      await turn();
    }
    stream.end();
  });
  const response = await fetch(`${url}/script`);
  assert.equal(response.status, 203);
  assert.equal(await response.text(), 'body');
});

test('responds with 502 when a streaming handler returns no promise', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  assert.equal((await fetch(`${url}/not-async`)).status, 502);
  const { outcome } = await nextRecord();
  assert.ok(outcome.kind === 'failed' && /non-async/.test(String(outcome.error)));
});

test('pauses the function after a bounded amount when the client does not read', async (t) => {
  const { port, nextRecord } = await startFixture(t, { limits: 'host' });
  const socket = openRaw(t, port, 'GET /flood HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.pause();
  let written = 0;
  // The last pause is final: the kernel's buffers are full.
  for (;;) {
    const next = probed<[number]>('flood paused').then(([bytes]) => bytes);
    const bytes = await Promise.race([next, quiet()]);
    if (bytes === undefined) break;
    written = bytes;
  }
  assert.ok(written > 0 && written < 32 * 1024 * 1024, `${written} bytes were written`);
  const goesOn = probed<[number]>('flood paused');
  socket.resume();
  assert.ok((await goesOn)[0] > written);
  socket.destroy();
  assert.equal((await nextRecord()).outcome.kind, 'client_left');
});

/** Only waiting can show that nothing happens. A wait that is too short makes the test weaker, not wrong. */
function quiet(): Promise<undefined> {
  return delay(300, undefined);
}

test('responds to HEAD with the head of a stream, and discards its bytes', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  onScript(({ stream }) => {
    withHead(stream, { statusCode: 200, headers: { 'x-a': 'b' } }).write('body');
    stream.end();
  });
  const response = await fetch(`${url}/script`, { method: 'HEAD' });
  assert.equal(response.headers.get('x-a'), 'b');
  assert.equal((await nextRecord()).outcome.kind, 'completed');
});

test('sends a stream without chunks to an HTTP/1.0 client', async (t) => {
  const { port } = await startFixture(t);
  onScript(({ stream }) => {
    withHead(stream, { statusCode: 200 }).write('one ');
    stream.end('two');
  });
  const received = await readRaw(openRaw(t, port, 'GET /script HTTP/1.0\r\n\r\n'));
  assert.ok(received.endsWith('\r\n\r\none two'), received);
});

test('lets a handler continue after its response is complete', async (t) => {
  const { url, emulator, nextRecord } = await startFixture(t);
  const done = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<AbortSignal>();
  onScript(({ stream, context }) => {
    withHead(stream, { statusCode: 200 }).write('all');
    stream.end();
    seen.resolve(context.clientSignal);
    return done.promise;
  });
  assert.equal(await (await fetch(`${url}/script`)).text(), 'all');
  assert.equal(emulator.running, 1);
  assert.equal((await seen.promise).aborted, false);
  done.resolve();
  assert.equal((await nextRecord()).outcome.kind, 'completed');
});

test('keeps a hundred parallel streams apart', async (t) => {
  const { url, emulator } = await startFixture(t);
  const all = Array.from({ length: 100 }, async (_, index) => {
    const response = await fetch(`${url}/script?${index}`);
    assert.equal(response.status, 200);
    return response.text();
  });
  let calls = 0;
  const answer = ({ event, stream }: ScriptCall): void => {
    const own = String(event['rawQueryString']);
    withHead(stream, { statusCode: 200 }).write(own);
    stream.end(` and ${own}`);
    calls++;
    onScript(answer);
  };
  onScript(answer);
  const texts = await Promise.all(all);
  assert.deepEqual(
    texts,
    texts.map((_, index) => `${index} and ${index}`),
  );
  assert.equal(calls, 100);
  await emulator.idle();
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { onValue, openRaw, probed, readRaw, startFixture } from './fixture.ts';

const MIB = 1024 * 1024;

test('passes a request to its function as an event with the full path', async (t) => {
  const { url } = await startFixture(t);
  const response = await fetch(`${url}/echo/a/b?x=1&x=2`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', cookie: 'a=b; c=d', 'x-forwarded-for': '9.9.9.9' },
    body: '{"größe":1}',
  });
  const event = (await response.json()) as Record<string, unknown>;
  assert.equal(response.status, 200);
  assert.equal(event['rawPath'], '/echo/a/b');
  assert.equal(event['body'], '{"größe":1}');
  assert.deepEqual(event['cookies'], ['a=b', 'c=d']);
  const context = event['requestContext'] as { requestId: string; http: Record<string, string> };
  assert.equal(context.http['sourceIp'], '127.0.0.1');
  assert.equal(context.http['method'], 'PUT');
  assert.equal(response.headers.get('x-amzn-requestid'), context.requestId);
});

test('uses the last forwarded address as the client behind a trusted proxy', async (t) => {
  const { url } = await startFixture(t, { trustProxy: true });
  const response = await fetch(`${url}/echo`, { headers: { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' } });
  const event = (await response.json()) as { requestContext: { http: { sourceIp: string } } };
  assert.equal(event.requestContext.http.sourceIp, '2.2.2.2');
});

test('sends status, headers, cookies and the decoded body of a returned response', async (t) => {
  const { url } = await startFixture(t);
  onValue(() => ({
    statusCode: 418,
    headers: { 'Content-Type': 'audio/ogg' },
    cookies: ['a=b', 'c=d; Secure'],
    isBase64Encoded: true,
    body: Buffer.from([0, 1, 255]).toString('base64'),
  }));
  const response = await fetch(`${url}/value`);
  assert.equal(response.status, 418);
  assert.equal(response.headers.get('content-type'), 'audio/ogg');
  assert.equal(response.headers.get('content-length'), '3');
  assert.deepEqual(response.headers.getSetCookie(), ['a=b', 'c=d; Secure']);
  assert.deepEqual(await response.bytes(), Uint8Array.of(0, 1, 255));
});

for (const path of ['/value', '/value-under-stream']) {
  test(`sends a returned value as JSON: ${path}`, async (t) => {
    const { url } = await startFixture(t);
    onValue(() => ({ message: 'hi' }));
    const response = await fetch(url + path);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(await response.text(), '{"message":"hi"}');
  });
}

test('provides a context with the function and its remaining time', async (t) => {
  const { url } = await startFixture(t);
  onValue((event, context) => {
    const remaining = context.getRemainingTimeInMillis();
    assert.ok(remaining > 19_000 && remaining <= 20_000, `${remaining}`);
    const { requestId } = event['requestContext'] as { requestId: string };
    assert.equal(context.awsRequestId, requestId);
    assert.equal(context.functionVersion, '$LATEST');
    assert.match(context.invokedFunctionArn, /:function:value$/);
    assert.equal(context.memoryLimitInMB, '1024');
    assert.equal(context.clientSignal.aborted, false);
    return 'seen';
  });
  assert.equal(await (await fetch(`${url}/value`)).text(), 'seen');
});

test('responds with 502 and no details when a function throws', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  const response = await fetch(`${url}/fails`);
  assert.equal(response.status, 502);
  assert.equal(await response.text(), '{"message":"Internal Server Error"}');
  const { outcome } = await nextRecord();
  assert.ok(outcome.kind === 'failed' && outcome.error instanceof Error);
  assert.equal(outcome.error.message, 'on purpose');
});

test('responds with 502 when a function returns an invalid response', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  onValue(() => ({ statusCode: 200, headers: { 'a b': 'c' } }));
  assert.equal((await fetch(`${url}/value`)).status, 502);
  assert.equal((await nextRecord()).outcome.kind, 'failed');
});

test('responds with 502 when a function times out, and no longer counts it as running', async (t) => {
  const { emulator, url, nextRecord } = await startFixture(t);
  const called = probed<[{ clientSignal: AbortSignal }]>('never');
  const response = await fetch(`${url}/never`);
  assert.equal(response.status, 502);
  assert.deepEqual((await nextRecord()).outcome, { kind: 'timed_out', timeoutMs: 100 });
  assert.equal((await called)[0].clientSignal.aborted, true);
  await emulator.idle();
});

test('responds with 404 to an unknown path', async (t) => {
  const { url } = await startFixture(t);
  const response = await fetch(`${url}/nowhere`);
  assert.equal(response.status, 404);
  assert.deepEqual(await response.json(), { message: 'Not Found' });
});

test('runs a handler in CommonJS', async (t) => {
  const { url } = await startFixture(t);
  assert.equal(await (await fetch(`${url}/commonjs`)).text(), 'from CommonJS');
});

test('accepts a body of 6 MiB', async (t) => {
  const { url } = await startFixture(t);
  onValue((event) => String((event['body'] as string).length));
  const response = await fetch(`${url}/value`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'x'.repeat(6 * MIB),
  });
  assert.equal(await response.text(), String(6 * MIB));
});

test('responds with 413 to a Content-Length over 6 MiB, without running the function', async (t) => {
  const { url, emulator } = await startFixture(t);
  const response = await fetch(`${url}/value`, { method: 'POST', body: Buffer.alloc(6 * MIB + 1) });
  assert.equal(response.status, 413);
  assert.equal(emulator.running, 0);
  // The connection still works, and this is the first call of the function.
  onValue(() => 'next');
  assert.equal(await (await fetch(`${url}/value`)).text(), 'next');
});

test('responds with 413 to a chunked body over 6 MiB', async (t) => {
  const { port } = await startFixture(t);
  const request = http.request({ port, host: '127.0.0.1', path: '/value', method: 'POST' });
  for (let sent = 0; sent < 7; sent++) request.write(Buffer.alloc(MIB));
  request.end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  assert.equal(response.statusCode, 413);
  response.resume();
  await once(response, 'end');
});

test('responds with 502 when the response is over 6 MiB', async (t) => {
  const { url, nextRecord } = await startFixture(t);
  onValue(() => ({ statusCode: 200, body: 'x'.repeat(6 * MIB) }));
  assert.equal((await fetch(`${url}/value`)).status, 502);
  assert.deepEqual((await nextRecord()).outcome, { kind: 'too_large', limitBytes: 6 * MIB });
});

test('responds to HEAD with the headers and no body', async (t) => {
  const { url } = await startFixture(t);
  onValue(() => 'four');
  const response = await fetch(`${url}/value`, { method: 'HEAD' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-length'), '4');
  assert.equal(await response.text(), '');
});

test('responds to an HTTP/1.0 client and closes the connection', async (t) => {
  const { port } = await startFixture(t);
  onValue(() => 'old');
  const received = await readRaw(openRaw(t, port, 'GET /value HTTP/1.0\r\n\r\n'));
  assert.match(received, /^HTTP\/1\.1 200 OK\r\n/);
  assert.ok(received.endsWith('\r\n\r\nold'));
});

test('handles several requests on one connection', async (t) => {
  const { port } = await startFixture(t);
  onValue(() => 'one');
  const two = 'GET /value HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  const received = await readRaw(openRaw(t, port, two));
  assert.match(received, /200 OK[\s\S]*one[\s\S]*404 Not Found/);
});

test('can cut off a body that the function refuses anyway', async (t) => {
  const { url } = await startFixture(t, { limits: 'host', cutBodyBytes: 1_000 });
  const headers = { 'content-type': 'text/plain' };
  for (const [sent, seen] of [
    [1_000, 1_000],
    [1_001, 1_001],
    [7 * MIB, 1_001],
  ] as const) {
    onValue((event) => String((event['body'] as string).length));
    const response = await fetch(`${url}/value`, { method: 'POST', headers, body: 'x'.repeat(sent) });
    assert.equal(await response.text(), String(seen));
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitTarget, toFunctionUrlEvent, type UrlRequest } from '../../../../local/emulator/http/event.ts';

const request: UrlRequest = {
  method: 'POST',
  target: '/my/path?parameter1=value1&parameter1=value2&parameter2=value',
  httpVersion: '1.1',
  rawHeaders: [
    ...['Host', 'abc.lambda-url.us-west-2.on.aws:443', 'User-Agent', 'agent', 'Content-Type', 'text/plain'],
    ...['Cookie', 'cookie1; cookie2', 'Header1', 'value1', 'Header2', 'value1', 'header2', 'value2'],
    ...['Connection', 'keep-alive'],
  ],
  body: Buffer.from('Hello from client!'),
  sourceIp: '123.123.123.123',
  urlId: 'abc',
  requestId: 'id',
  timeEpoch: Date.UTC(2020, 2, 12, 19, 3, 58),
};

test("creates an event like the documentation's sample", () => {
  // AWS Lambda Developer Guide, "Invoking Lambda function URLs", without IAM and without the fields that are null for
  // Function URLs.
  assert.deepEqual(toFunctionUrlEvent(request), {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/my/path',
    rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
    cookies: ['cookie1', 'cookie2'],
    headers: {
      host: 'abc.lambda-url.us-west-2.on.aws:443',
      'user-agent': 'agent',
      'content-type': 'text/plain',
      header1: 'value1',
      header2: 'value1,value2',
    },
    queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abc',
      domainName: 'abc.lambda-url.us-west-2.on.aws',
      domainPrefix: 'abc',
      http: { method: 'POST', path: '/my/path', protocol: 'HTTP/1.1', sourceIp: '123.123.123.123', userAgent: 'agent' },
      requestId: 'id',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: 1584039838000,
    },
    body: 'Hello from client!',
    isBase64Encoded: false,
  });
});

test('leaves out what a request does not have, rather than leaving it empty', () => {
  const event = toFunctionUrlEvent({ ...request, target: '/', rawHeaders: ['Host', 'x'], body: undefined });
  for (const key of ['cookies', 'queryStringParameters', 'body', 'pathParameters']) assert.ok(!(key in event), key);
  assert.equal(event.rawQueryString, '');
});

function bodyOf(contentType: string | undefined, body: Buffer) {
  const rawHeaders = contentType ? ['Content-Type', contentType] : [];
  const event = toFunctionUrlEvent({ ...request, rawHeaders, body });
  return { body: event.body, isBase64Encoded: event.isBase64Encoded };
}

for (const type of [
  'text/plain',
  'application/json; charset=utf-8',
  'application/xml',
  'application/javascript',
  'application/ld+json',
]) {
  test(`passes a body of ${type} as text`, () => {
    assert.deepEqual(bodyOf(type, Buffer.from('{"größe":1}')), { body: '{"größe":1}', isBase64Encoded: false });
  });
}

for (const type of ['audio/mpeg', 'application/octet-stream', 'application/x-www-form-urlencoded', undefined]) {
  test(`passes a body of ${type ?? 'no type'} as base64`, () => {
    assert.deepEqual(bodyOf(type, Buffer.from('a=b')), { body: 'YT1i', isBase64Encoded: true });
  });
}

test('changes no body, whatever its type', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom('text/plain', 'application/json', 'audio/mpeg'), (bytes, type) => {
      const { body = '', isBase64Encoded } = bodyOf(type, Buffer.from(bytes));
      assert.deepEqual(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'), Buffer.from(bytes));
    }),
  );
});

test('does not let names in a request access the prototype', () => {
  const event = toFunctionUrlEvent({
    ...request,
    target: '/?__proto__=a&toString=b&toString=c',
    rawHeaders: ['__proto__', 'a', 'constructor', 'b'],
  });
  assert.equal(event.queryStringParameters?.['toString'], 'b,c');
  assert.equal(event.headers['constructor'], 'b');
  assert.equal(Object.getPrototypeOf(event.headers), Object.prototype);
});

test('removes the origin of a target in absolute form', () => {
  assert.deepEqual(splitTarget('http://host:80/a/b?c=d'), { path: '/a/b', query: 'c=d' });
  assert.deepEqual(splitTarget('http://host'), { path: '/', query: '' });
  assert.deepEqual(splitTarget('*'), { path: '*', query: '' });
});

import fc from 'fast-check';
import type { HeaderLine } from './wire-request.ts';

const NAMED: Readonly<Record<string, readonly string[]>> = {
  'Content-Encoding': ['gzip', 'br', 'deflate, gzip', 'identity', '\u00ff'],
  'Content-Type': [
    '',
    'text/plain',
    'application/json; charset=utf-16',
    'multipart/form-data',
    'application/xml',
    '/;;',
  ],
  'Idempotency-Key': ['', 'a', 'a'.repeat(300), '\u00e9\u00ff', '"quoted"', '01234567-89ab-4def-8123-456789abcdef'],
  'Last-Event-ID': ['', '0', '1', '-1', '999999999999999999', '9'.repeat(40), 'x', '1e3', '0x1'],
  Accept: ['text/html', 'audio/x-nothing;q=0', '*/*;q=abc', ''],
  'Accept-Encoding': ['gzip', 'br;q=1.0, gzip', '*;q=0', 'identity;q=0'],
  Range: ['bytes=0-', 'bytes=5-1', 'bytes=-0', 'lines=1-2', `bytes=${'0-1,'.repeat(500)}0-1`],
  Origin: ['null', 'https://example.org', 'file://', '', 'https://\u00ff', '*'],
  'Access-Control-Request-Method': ['PATCH', 'TRACE', ''],
  'Access-Control-Request-Headers': ['authorization', '*', 'x'.repeat(500)],
  'X-Forwarded-For': ['127.0.0.1', '::1, 10.0.0.1', 'unknown', `${'1.1.1.1, '.repeat(300)}x`, '999.1.1.1'],
  'X-Forwarded-Proto': ['https', 'javascript', ''],
  'X-Request-Id': ['', 'x', '../..', 'x'.repeat(1_000)],
  Cookie: ['', 'a=b; c', '=', ';;;;', `a=${'b'.repeat(3_000)}`, '__proto__=1'],
  Host: ['', 'example.org', '[::1', 'a:99999', '\u00ff', '127.0.0.1, 127.0.0.1'],
  'User-Agent': ['', '\u00fc', 'x'.repeat(4_000)],
  Expect: ['100-continue', '200-ok'],
  Connection: ['close', 'keep-alive', 'upgrade', 'x, y', 'content-length'],
  Upgrade: ['websocket', 'h2c', 'TLS/1.0'],
  'Keep-Alive': ['timeout=0', 'x'],
  TE: ['trailers', 'gzip'],
  Trailer: ['Content-Length'],
  'If-Match': ['*', '"x"'],
  'If-None-Match': ['*', 'W/"'],
  Forwarded: ['for=127.0.0.1;proto=https', 'for="'],
  'X-HTTP-Method-Override': ['DELETE'],
  __proto__x: ['1'],
  constructor: ['1'],
};

/** Headers of a valid request, which a server must accept. */
export const HOSTILE_HEADERS: fc.Arbitrary<HeaderLine> = fc.oneof(
  fc
    .constantFrom(...Object.entries(NAMED))
    .chain(([name, values]) => fc.constantFrom(...values).map((value): HeaderLine => [name, value])),
  fc.nat(60).map((index): HeaderLine => [`X-${index}`, 'x'.repeat(index * 8)]),
);

/** Headers that make a request invalid HTTP. */
export const BROKEN_HEADERS: fc.Arbitrary<HeaderLine> = fc.constantFrom<HeaderLine>(
  ['', 'x'],
  ['X y', 'z'],
  ['X\u0000', 'y'],
  ['X', 'a\u0000b'],
  ['X', 'a\nInjected: 1'],
  ['X', 'a\r\n\r\nGET / HTTP/1.1'],
  ['X', 'x'.repeat(20_000)],
  ['(x)', 'y'],
  [' X', 'y'],
  ['Content-Length', '+1'],
  ['Content-Length', '1, 2'],
  ['Content-Length', '0x1'],
  ['Transfer-Encoding', 'chunked, chunked'],
  ['Transfer-Encoding', '\u000bchunked'],
  ['Host', 'a\r\nHost: b'],
);

import type { RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { endless, serve, trickleHeaders } from '../../test/support/http-source.ts';

/** How a source is served. `at` is the position of the fault in its bytes (0–1). */
export type SourceBehaviour = { readonly kind: BehaviourKind; readonly at: number };

type Behave = (bytes: Buffer, at: number) => RequestListener;

const ETAG = { etag: '"v1"' };

/** Harmless behaviours: their sources must play. */
const HONEST = {
  plain: (bytes) => serve(bytes, { headers: ETAG }),
  chunked: (bytes) => serve(bytes, { chunked: true, ranges: false }),
  resumable: (bytes, at) => serve(bytes, { headers: ETAG, breakAfter: [Math.floor(bytes.length * at)] }),
  in_pieces: (bytes) => (_, response) => void inPieces(response, bytes),
  wrong_type: (bytes) => serve(bytes, { headers: { 'content-type': 'text/html; charset=utf-16' } }),
  no_type: (bytes) => serve(bytes, { headers: { 'content-type': '' } }),
  redirected: (bytes) => (request, response) => {
    if (request.url?.endsWith('/on')) serve(bytes)(request, response);
    else response.writeHead(302, { location: `${request.url}/on` }).end();
  },
} as const satisfies Record<string, Behave>;

const HOSTILE = {
  too_long: (bytes) => raw(() => head('200 OK', [`Content-Length: ${bytes.length + 1_000}`]), bytes),
  too_short: (bytes, at) => raw(() => head('200 OK', [`Content-Length: ${Math.floor(bytes.length * at)}`]), bytes),
  two_lengths: (bytes) => raw(() => head('200 OK', ['Content-Length: 5', `Content-Length: ${bytes.length}`]), bytes),
  negative_length: (bytes) => raw(() => head('200 OK', ['Content-Length: -1']), bytes),
  huge_length: (bytes) => raw(() => head('200 OK', ['Content-Length: 99999999999999999']), bytes),
  to_the_end: (bytes) => raw(() => head('200 OK', []), bytes),
  bad_chunks: (bytes) => raw(() => head('200 OK', ['Transfer-Encoding: chunked']), Buffer.from('zz\r\n'), bytes),
  lying_chunks: (bytes) => raw(() => head('200 OK', ['Transfer-Encoding: chunked']), Buffer.from('fffff\r\n'), bytes),
  old_http: (bytes) => raw(() => Buffer.alloc(0), bytes),
  bad_header: (bytes) => raw(() => head('200 OK', ['X\u0000: y', ': z']), bytes),
  large_header: (bytes) => raw(() => head('200 OK', [`X: ${'x'.repeat(100_000)}`]), bytes),
  many_headers: (bytes) =>
    raw(
      () =>
        head(
          '200 OK',
          Array.from({ length: 3_000 }, (_, i) => `X-${i}: y`),
        ),
      bytes,
    ),
  strange_status: (_, at) =>
    raw(() => head(`${Math.floor(at * 999)} Whatever`, ['Content-Length: 2']), Buffer.from('ok')),
  status: (bytes, at) => (_, response) => {
    const status = [201, 203, 204, 205, 206, 226, 300, 304, 400, 401, 403, 404, 410, 416, 418, 429, 451, 500, 503][
      Math.floor(at * 19)
    ];
    response.writeHead(status ?? 599, { 'retry-after': 'never' }).end(bytes);
  },
  stalls: (bytes, at) => (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, Math.floor(bytes.length * at)));
    response.flushHeaders();
  },
  silent: () => () => undefined,
  slow_headers: () => trickleHeaders(50),
  breaks: (bytes, at) => serve(bytes, { ranges: false, breakAfter: Array(20).fill(Math.floor(bytes.length * at)) }),
  resets: (bytes, at) =>
    serve(bytes, { headers: ETAG, reset: true, breakAfter: Array(20).fill(Math.floor(bytes.length * at)) }),
  other_range: (bytes, at) =>
    afterBreak(bytes, at, { 'content-range': `bytes 7-${bytes.length - 1}/${bytes.length}`, ...ETAG }),
  bad_range: (bytes, at) => afterBreak(bytes, at, { 'content-range': 'bytes x-y/z', ...ETAG }),
  other_size: (bytes, at) =>
    afterBreak(bytes, at, { 'content-range': `bytes ${Math.floor(bytes.length * at)}-9/10`, ...ETAG }),
  other_etag: (bytes, at) =>
    afterBreak(bytes, at, {
      'content-range': `bytes ${Math.floor(bytes.length * at)}-${bytes.length - 1}/${bytes.length}`,
      etag: '"v2"',
    }),
  gzip: (bytes) => (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bytes)),
  no_gzip: (bytes) => (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes),
  loop: () => (request, response) => void response.writeHead(301, { location: request.url ?? '/' }).end(),
  growing_loop: () => (request, response) =>
    void response.writeHead(307, { location: `${request.url}?${'x'.repeat(500)}` }).end(),
  astray: (_, at) => (_request, response) =>
    void response.writeHead(302, { location: ASTRAY[Math.floor(at * ASTRAY.length)] ?? '' }).end(),
  nowhere: () => (_, response) => void response.writeHead(302).end(),
  endless: (bytes) => endless(bytes.length === 0 ? Buffer.alloc(1_000) : bytes),
  endless_zeros: () => endless(Buffer.alloc(64 << 10)),
} as const satisfies Record<string, Behave>;

/** Forbidden targets of a redirect. */
const ASTRAY = [
  'file:///etc/passwd',
  'http://127.0.0.1:1/',
  'http://169.254.169.254/',
  'http://[::1]/',
  '//',
  'http://',
  'ftp://x/y',
  's3://media/sound',
  `/${'y'.repeat(9_000)}`,
];

const BEHAVIOURS: Readonly<Record<string, Behave>> = { ...HONEST, ...HOSTILE };

export type BehaviourKind = keyof typeof HONEST | keyof typeof HOSTILE;

/** Names of the harmless behaviours. */
export const HONEST_KINDS: ReadonlySet<string> = new Set(Object.keys(HONEST));

const kinds = (of: object) => fc.constantFrom(...(Object.keys(of) as BehaviourKind[]));
const position = fc.double({ min: 0, max: 0.999, noNaN: true });

export const HONEST_BEHAVIOURS: fc.Arbitrary<SourceBehaviour> = fc.record({ kind: kinds(HONEST), at: position });
export const HOSTILE_BEHAVIOURS: fc.Arbitrary<SourceBehaviour> = fc.record({ kind: kinds(HOSTILE), at: position });

/** Serves these bytes with the behaviour. */
export function behave({ kind, at }: SourceBehaviour, bytes: Buffer): RequestListener {
  return (BEHAVIOURS[kind] ?? HONEST.plain)(bytes, at);
}

function head(status: string, lines: readonly string[]): Buffer {
  return Buffer.from([`HTTP/1.1 ${status}`, ...lines, '', ''].join('\r\n'), 'latin1');
}

/** Writes directly to the socket, without Node's HTTP, and closes it. */
function raw(start: () => Buffer, ...parts: readonly Buffer[]): RequestListener {
  return ({ socket }) => {
    socket.write(start());
    for (const part of parts) socket.write(part);
    socket.end();
  };
}

/** Cuts the first response, then serves the requested range with these headers. */
function afterBreak(bytes: Buffer, at: number, headers: Readonly<Record<string, string>>): RequestListener {
  const place = Math.floor(bytes.length * at);
  const first = serve(bytes, { headers: ETAG, breakAfter: [place] });
  let answers = 0;
  return (request, response) => {
    answers += 1;
    if (answers === 1) first(request, response);
    else response.writeHead(206, headers).end(bytes.subarray(place));
  };
}

const PIECES = 8;

/** Sends a few pieces, each when the one before is sent. */
async function inPieces(response: ServerResponse, bytes: Buffer): Promise<void> {
  const length = Math.ceil(bytes.length / PIECES);
  response.writeHead(200, { 'content-length': bytes.length });
  for (let place = 0; place < bytes.length; place += length) {
    if (response.destroyed) return;
    await new Promise((resolve) => response.write(bytes.subarray(place, place + length), resolve));
  }
  response.end();
}

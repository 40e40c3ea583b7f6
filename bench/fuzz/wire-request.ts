export type HeaderLine = readonly [name: string, value: string];

/** A request before it is serialised. */
export type WireRequest = {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: readonly HeaderLine[];
  readonly body: Buffer | undefined;
  readonly framing: Framing;
};

type Framed = { readonly headers: readonly HeaderLine[]; readonly bytes: Buffer };

/** Ways to delimit a body. Those after `chunked` are wrong. */
const FRAMINGS = {
  length: (body) => ({ headers: [['Content-Length', String(body.length)]], bytes: body }),
  chunked: (body) => ({ headers: [['Transfer-Encoding', 'chunked']], bytes: chunked(body) }),
  too_long: (body) => ({ headers: [['Content-Length', String(body.length + 10)]], bytes: body }),
  too_short: (body) => ({ headers: [['Content-Length', String(Math.max(0, body.length - 3))]], bytes: body }),
  negative: (body) => ({ headers: [['Content-Length', '-1']], bytes: body }),
  huge: (body) => ({ headers: [['Content-Length', '99999999999999999999']], bytes: body }),
  twice: (body) => ({
    headers: [
      ['Content-Length', String(body.length)],
      ['Content-Length', String(body.length + 1)],
    ],
    bytes: body,
  }),
  both: (body) => ({
    headers: [
      ['Content-Length', String(body.length)],
      ['Transfer-Encoding', 'chunked'],
    ],
    bytes: chunked(body),
  }),
  bad_chunk: (body) => ({
    headers: [['Transfer-Encoding', 'chunked']],
    bytes: Buffer.concat([Buffer.from('ffffffffffffffff\r\n'), body]),
  }),
  unended: (body) => ({
    headers: [['Transfer-Encoding', 'chunked']],
    bytes: chunked(body).subarray(0, -5),
  }),
  no_coding: (body) => ({ headers: [['Transfer-Encoding', 'gzip, identity']], bytes: body }),
} as const satisfies Record<string, (body: Buffer) => Framed>;

export type Framing = keyof typeof FRAMINGS;

export const WRONG_FRAMINGS = (Object.keys(FRAMINGS) as Framing[]).filter((name) => !isRightFraming(name));

export function isRightFraming(framing: Framing): boolean {
  return framing === 'length' || framing === 'chunked';
}

/** Returns the bytes of the request on the wire. */
export function serialize({ method, target, version, headers, body, framing }: WireRequest): Buffer {
  const framed: Framed = body === undefined ? { headers: [], bytes: Buffer.alloc(0) } : FRAMINGS[framing](body);
  const lines = [...headers, ...framed.headers].map(([name, value]) => `${name}: ${value}`);
  const head = [`${method} ${target} HTTP/${version}`, ...lines, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), framed.bytes]);
}

function chunked(body: Buffer): Buffer {
  const middle = Math.ceil(body.length / 2);
  const chunks = [body.subarray(0, middle), body.subarray(middle)].filter(({ length }) => length > 0);
  const written = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
  return Buffer.concat([...written, '0\r\n\r\n'].map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

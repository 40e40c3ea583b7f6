import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { AppError } from '#lib/errors.ts';
import { acceptedCoding } from './accepted-type.ts';
import type { Answer } from './answer.ts';

type TextParts = Iterable<string> | AsyncIterable<string>;

export type LongText = {
  /** Each is made when it is read, in a millisecond. */
  readonly parts: TextParts;
  readonly contentType: string;
};

/**
 * The most bytes of a text that is not compressed. A Function URL without streaming returns 6 MiB of JSON (Lambda
 * quotas), which has the headers too, and two bytes for a line break.
 */
export const MAX_PLAIN_BYTES = 6_225_920;

/**
 * Returns the answer of a BUFFERED function for a text that may be long: compressed if the client accepts gzip. Other
 * requests are served between its parts. Throws LIMIT_EXCEEDED `{limit: 'response_bytes', value, max}` if the client does
 * not accept gzip and the text is longer than MAX_PLAIN_BYTES.
 */
export async function longTextAnswer(text: LongText, acceptEncoding: string | undefined): Promise<Answer> {
  const headers = { 'Content-Type': text.contentType, 'Cache-Control': 'no-store', Vary: 'Accept-Encoding' };
  if (acceptedCoding(acceptEncoding, ['gzip']) === undefined) {
    return { statusCode: 200, headers, body: await plain(text.parts) };
  }
  const body = (await gzipped(text.parts)).toString('base64');
  return { statusCode: 200, headers: { ...headers, 'Content-Encoding': 'gzip' }, body, isBase64Encoded: true };
}

/** A part is made when zlib has compressed the one before, in its own thread. */
async function gzipped(parts: TextParts): Promise<Buffer> {
  const gzip = createGzip();
  const [bytes] = await Promise.all([buffer(gzip), pipeline(Readable.from(parts, { highWaterMark: 1 }), gzip)]);
  return bytes;
}

async function plain(parts: TextParts): Promise<string> {
  const made: string[] = [];
  let bytes = 0;
  for await (const part of parts) {
    made.push(part);
    bytes += Buffer.byteLength(part);
    await setImmediate();
  }
  if (bytes > MAX_PLAIN_BYTES) throw tooLong(bytes);
  return made.join('');
}

function tooLong(value: number): AppError {
  const details = { limit: 'response_bytes', value, max: MAX_PLAIN_BYTES };
  const message = 'this file is too long to be sent without compression: send the header `Accept-Encoding: gzip`';
  return new AppError('LIMIT_EXCEEDED', details, { message });
}

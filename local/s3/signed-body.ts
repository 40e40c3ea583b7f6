import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import S3Error from '@20minutes/s3rver/lib/models/error.js';
import { type AwsChunk, readAwsChunks } from './aws-chunks.ts';
import type { Verified } from './signature.ts';

type Body = AsyncGenerator<Buffer, void>;

/**
 * Returns the decoded body of a signed request. It fails at its end with an S3Error when the body is not what was
 * signed. The forms are those that the AWS SDKs send: unsigned, with a hash, and `aws-chunked` with a signature for
 * each chunk or with a checksum in a trailer.
 */
export function signedBody(request: IncomingMessage, verified: Verified): Readable {
  const { payload } = verified;
  if (payload === 'UNSIGNED-PAYLOAD') return request;
  // The request stays usable for the response when the body is refused.
  const bytes: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  const length = Number(request.headers['x-amz-decoded-content-length']);
  if (/^[a-f\d]{64}$/.test(payload)) return Readable.from(hashed(bytes, payload));
  if (payload === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD') {
    return Readable.from(ofLength(signedChunks(readAwsChunks(bytes), verified), length));
  }
  if (payload === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    const declared = String(request.headers['x-amz-trailer']);
    return Readable.from(ofLength(checkedChunks(readAwsChunks(bytes), declared), length));
  }
  throw new S3Error('NotImplemented', 'This form of x-amz-content-sha256 is not supported.');
}

async function* hashed(bytes: AsyncIterable<Buffer>, expected: string): Body {
  const hash = createHash('sha256');
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== expected) throw notAsSigned();
}

async function* ofLength(bytes: Body, expected: number): Body {
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    yield chunk;
  }
  if (length !== expected) throw new S3Error('IncompleteBody', 'The body has not the length that was declared.');
}

async function* signedChunks(chunks: AsyncIterable<AwsChunk>, { signature, chunkSignature }: Verified): Body {
  let previous = signature;
  for await (const { data, parameters } of chunks) {
    previous = chunkSignature(previous, data);
    if (parameters !== `chunk-signature=${previous}`) throw notAsSigned();
    yield data;
  }
}

const CHECKSUMS: Readonly<Record<string, () => { update(data: Buffer): void; base64(): string }>> = {
  'x-amz-checksum-crc32': () => {
    let value = 0;
    return {
      update: (data) => {
        value = crc32(data, value);
      },
      base64() {
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32BE(value);
        return bytes.toString('base64');
      },
    };
  },
  'x-amz-checksum-sha1': () => digest('sha1'),
  'x-amz-checksum-sha256': () => digest('sha256'),
};

function digest(algorithm: string) {
  const hash = createHash(algorithm);
  return { update: (data: Buffer) => void hash.update(data), base64: () => hash.digest('base64') };
}

async function* checkedChunks(chunks: AsyncIterable<AwsChunk>, declared: string): Body {
  const checksum = Object.hasOwn(CHECKSUMS, declared) ? CHECKSUMS[declared]?.() : undefined;
  if (checksum === undefined) throw new S3Error('NotImplemented', 'The checksum of the trailer is not supported.');
  for await (const { data, trailer } of chunks) {
    checksum.update(data);
    yield data;
    if (trailer !== undefined && trailer !== `${declared}:${checksum.base64()}`) throw notAsSigned();
  }
}

function notAsSigned(): S3Error {
  return new S3Error('BadDigest', 'The body is not the one that was signed.');
}

import S3Error from '@20minutes/s3rver/lib/models/error.js';

/** One chunk of `aws-chunked`. The last one is empty. */
export type AwsChunk = {
  readonly data: Buffer;
  /** What follows the size, such as `chunk-signature=…`. */
  readonly parameters: string;
  /** Of the last chunk: the line after it, or an empty text. */
  readonly trailer?: string;
};

const LONGEST_LINE = 1_024;
/** The SDKs send 64 KiB to 1 MiB. A signed chunk must be in memory before any of it is believed. */
const LARGEST_CHUNK = 16 * 1_048_576;

/** Decodes `aws-chunked`. Throws an S3Error for anything else. */
export async function* readAwsChunks(body: AsyncIterable<Buffer>): AsyncGenerator<AwsChunk, void> {
  const iterator = body[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  let size = 0;

  async function more(): Promise<void> {
    const { done, value } = await iterator.next();
    if (done === true) throw broken();
    held.push(value);
    size += value.length;
  }

  function joined(): Buffer {
    const all = held.length === 1 ? held[0] : undefined;
    const bytes = all ?? Buffer.concat(held);
    held = [bytes];
    return bytes;
  }

  function keep(bytes: Buffer): void {
    held = [bytes];
    size = bytes.length;
  }

  async function take(length: number): Promise<Buffer> {
    while (size < length) await more();
    const bytes = joined();
    keep(bytes.subarray(length));
    return bytes.subarray(0, length);
  }

  async function line(): Promise<string> {
    for (;;) {
      const end = joined().subarray(0, LONGEST_LINE).indexOf('\r\n');
      if (end !== -1) return (await take(end + 2)).toString('latin1', 0, end);
      if (size >= LONGEST_LINE) throw broken();
      await more();
    }
  }

  async function endOfChunk(): Promise<void> {
    if ((await line()) !== '') throw broken();
  }

  try {
    for (;;) {
      const [, digits = '', parameters = ''] = /^([a-f\d]{1,8})(?:;(.*))?$/i.exec(await line()) ?? [];
      const length = Number.parseInt(digits, 16);
      if (!(length <= LARGEST_CHUNK)) throw broken();
      if (length === 0) {
        const trailer = await line();
        yield { data: Buffer.alloc(0), parameters, trailer };
        return;
      }
      const data = await take(length);
      await endOfChunk();
      yield { data, parameters };
    }
  } finally {
    await iterator.return?.();
  }
}

function broken(): S3Error {
  return new S3Error('IncompleteBody', 'The body is not valid aws-chunked.');
}

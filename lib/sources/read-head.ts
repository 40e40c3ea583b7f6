import { AppError } from '#lib/errors.ts';
import type { Recogniser } from './accepted-formats.ts';

/** The beginning of an accepted source. */
export type SourceHead<Format> = {
  readonly format: Format;
  /** The bytes read so far, without leading tags. */
  readonly chunks: readonly Buffer[];
  /** Whether these chunks are the whole source. */
  readonly ended: boolean;
};

/** Tags can contain megabytes of cover art. A file with larger or more tags before the audio is not a music file. */
const MAX_TAG_BYTES = 64 * 1024 * 1024;
const MAX_TAGS = 16;

/**
 * Reads `source` only until its first bytes are accepted. Drops leading ID3 tags.
 * Throws UNSUPPORTED_FORMAT, and what `source` throws.
 */
export async function readHead<Format>(
  source: AsyncIterator<Buffer, void>,
  recognise: Recogniser<Format>,
): Promise<SourceHead<Format>> {
  const prefix: Prefix = { source, chunks: [], bytes: 0, ended: false };
  let tags = 0;
  for (;;) {
    const found = recognise(joined(prefix), prefix);
    if (found.kind === 'accepted') return { ...prefix, format: found.format };
    if (found.kind === 'refused') throw unsupported(found.reason);
    if (found.kind === 'need_more') await readUpTo(prefix, found.bytes);
    else {
      tags += 1;
      if (tags > MAX_TAGS || found.bytes > MAX_TAG_BYTES) throw unsupported('a tag without audio');
      await drop(prefix, found.bytes);
    }
  }
}

/** Bytes of a source that `checkHead` reads. */
const CHECKED_BYTES = 64 * 1024;

/** Reads at most 64 KiB of a source. Throws UNSUPPORTED_FORMAT when they are not accepted, and what `source` throws. */
export async function checkHead(
  source: AsyncGenerator<Buffer, void, undefined>,
  recognise: Recogniser<unknown>,
): Promise<void> {
  await readHead(upTo(CHECKED_BYTES, source), recognise).catch((error: unknown) => {
    if (error !== ENOUGH) throw error;
  });
}

const ENOUGH = Symbol('enough bytes were read');

/** Throws ENOUGH after `bytes` bytes: a plain end would mean that the source is no longer than that. */
async function* upTo(bytes: number, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let read = 0;
  for await (const chunk of chunks) {
    if (read >= bytes) throw ENOUGH;
    read += chunk.length;
    yield chunk;
  }
}

type Prefix = { readonly source: AsyncIterator<Buffer, void>; chunks: Buffer[]; bytes: number; ended: boolean };

async function readUpTo(prefix: Prefix, bytes: number): Promise<void> {
  while (prefix.bytes < bytes && !prefix.ended) {
    const { value: chunk } = await prefix.source.next();
    if (!chunk) {
      prefix.ended = true;
      return;
    }
    prefix.chunks.push(chunk);
    prefix.bytes += chunk.length;
  }
}

async function drop(prefix: Prefix, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; ) {
    if (prefix.bytes === 0) await readUpTo(prefix, 1);
    const chunk = prefix.chunks.shift();
    if (!chunk) return;
    if (chunk.length > left) prefix.chunks.unshift(chunk.subarray(left));
    const dropped = Math.min(left, chunk.length);
    prefix.bytes -= dropped;
    left -= dropped;
  }
}

function joined({ chunks }: Prefix): Buffer {
  const [first] = chunks;
  return first && chunks.length === 1 ? first : Buffer.concat(chunks);
}

function unsupported(reason: string): AppError {
  return new AppError('UNSUPPORTED_FORMAT', { reason }, { message: `the source is ${reason}` });
}

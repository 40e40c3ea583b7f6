import { chmod, open } from 'node:fs/promises';
import type { OpenedSource } from '#lib/sources/open-source.ts';

/** Bytes that are read of each end. */
const END_BYTES = 1 << 20;

/**
 * Writes the beginning and the end of a source to a file of its size, with a hole in between. Returns false when its
 * length is unknown, and so where its end belongs.
 */
export async function writeBothEnds(
  source: Pick<OpenedSource<unknown>, 'size' | 'body' | 'tail'>,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { head, isWhole } = await beginning(source.body, signal);
  const { size } = source;
  if (!isWhole && size === undefined) return false;
  await using file = await open(path, 'wx');
  await file.write(head, 0, head.length, 0);
  if (!isWhole && size !== undefined) {
    const tail = await source.tail(Math.min(END_BYTES, size - head.length), signal);
    await file.truncate(size);
    if (tail !== undefined) await file.write(tail, 0, tail.length, size - tail.length);
  }
  // A confined ffprobe may be another user.
  await chmod(path, 0o644);
  return true;
}

async function beginning(body: OpenedSource<unknown>['body'], signal: AbortSignal) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The end is read by another request, which the connection must outlive.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    signal.throwIfAborted();
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= END_BYTES) return { head: Buffer.concat(chunks), isWhole: false };
  }
  return { head: Buffer.concat(chunks), isWhole: true };
}

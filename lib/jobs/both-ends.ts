import { chmod, open } from 'node:fs/promises';
import type { OpenedSource } from '#lib/sources/open-source.ts';

/** Bytes that are read of each end. */
const END_BYTES = 1 << 20;

/** What was read of a source: all of it, its beginning and its end, or its beginning only. */
export type Extent = 'whole' | 'both_ends' | 'beginning';

/**
 * Writes the beginning and the end of a source to a file, with a hole in between that gives it the size of the source. The
 * end is missing when the source does not state its size, or does not answer requests for a part. Returns what was read.
 */
export async function writeBothEnds(
  source: Pick<OpenedSource<unknown>, 'size' | 'body' | 'tail'>,
  path: string,
  signal: AbortSignal,
): Promise<Extent> {
  const { head, isWhole } = await beginning(source.body, signal);
  await using file = await open(path, 'wx');
  await file.write(head, 0, head.length, 0);
  // A confined ffprobe may be another user.
  await chmod(path, 0o644);
  if (isWhole) return 'whole';
  const { size } = source;
  if (size === undefined) return 'beginning';
  const tail = await source.tail(Math.min(END_BYTES, size - head.length), signal);
  await file.truncate(size);
  if (tail === undefined) return 'beginning';
  await file.write(tail, 0, tail.length, size - tail.length);
  return 'both_ends';
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

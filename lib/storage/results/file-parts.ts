import type { FileHandle } from 'node:fs/promises';
import { MEBIBYTE } from '#lib/bytes.ts';

/** Size of a part; S3 wants at least 5 MiB for all but the last. 4 GiB are 512 parts of the 10,000 that it allows. */
export const PART_BYTES = 8 * MEBIBYTE;

/** How many parts are sent at once: with their buffers, that is what an upload needs of memory. */
const PARALLEL_PARTS = 4;

export type FilePart = { readonly partNumber: number; readonly body: Buffer };

/**
 * Reads a file in parts and hands each to `send`, a few at once, each worker with one buffer. Throws the first failure,
 * after all others have stopped.
 */
export async function sendParts(
  { file, bytes }: { readonly file: FileHandle; readonly bytes: number },
  send: (part: FilePart) => Promise<void>,
): Promise<void> {
  const count = Math.max(1, Math.ceil(bytes / PART_BYTES));
  let next = 0;
  let failed = false;

  async function work(): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PART_BYTES, bytes));
    while (next < count && !failed) {
      const index = next;
      next += 1;
      try {
        const body = await readAt(file, buffer, { position: index * PART_BYTES, bytes });
        await send({ partNumber: index + 1, body });
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }

  const workers = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL_PARTS, count) }, work));
  const failure = workers.find((worker) => worker.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

async function readAt(file: FileHandle, buffer: Buffer, at: { position: number; bytes: number }): Promise<Buffer> {
  const wanted = Math.min(buffer.length, at.bytes - at.position);
  let filled = 0;
  while (filled < wanted) {
    const { bytesRead } = await file.read(buffer, filled, wanted - filled, at.position + filled);
    if (bytesRead === 0) throw new Error('the file became shorter while it was uploaded');
    filled += bytesRead;
  }
  return buffer.subarray(0, wanted);
}

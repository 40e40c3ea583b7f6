import { close, read, writeFile } from 'node:fs';
import { promisify } from 'node:util';
import { openUnlinked } from '#lib/unlinked-file.ts';

/** What has been written of a rendition, on disk and without a name; it is gone with this process. */
export type KeptFile = {
  /** Bytes that can be read. */
  readonly bytes: number;
  /** One call at a time. Throws the disk's error; what was written before stays readable. */
  append(chunks: readonly Buffer[]): Promise<void>;
  /** Up to `length` bytes from `position`. */
  read(position: number, length: number): Promise<Buffer>;
  /** Closes it, once nothing is being read or written; may be called again. */
  close(): void;
};

const readAt = promisify(read);
const append = promisify(writeFile);

/** Throws the disk's error. */
export function createKeptFile(directory: string): KeptFile {
  const fd = openUnlinked(directory, 'rendition');
  let bytes = 0;
  let users = 1;
  let isClosed = false;

  function leave(): void {
    users -= 1;
    if (users === 0) close(fd, () => undefined);
  }

  async function use<Result>(work: () => Promise<Result>): Promise<Result> {
    users += 1;
    return await work().finally(leave);
  }

  return {
    get bytes() {
      return bytes;
    },
    append: (chunks) =>
      use(async () => {
        // Nothing else moves the descriptor's offset: it is at the end of what was written.
        const whole = Buffer.concat(chunks);
        await append(fd, whole);
        bytes += whole.length;
      }),
    read: (position, length) =>
      use(async () => {
        const { bytesRead, buffer } = await readAt(fd, Buffer.allocUnsafe(length), 0, length, position);
        return buffer.subarray(0, bytesRead);
      }),
    close() {
      if (isClosed) return;
      isClosed = true;
      leave();
    },
  };
}

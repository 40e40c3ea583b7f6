import { close, read, writeFile } from 'node:fs';
import { promisify } from 'node:util';
import { openUnlinked, type TemporaryFolder } from '#lib/unlinked-file.ts';

/** The part of a rendition that has been written to an unlinked file on disk. It is deleted when this process exits. */
export type KeptFile = {
  /** Bytes that can be read. */
  readonly bytes: number;
  /** Appends chunks; one call at a time. Throws the disk's error; what was written before stays readable. */
  append(chunks: readonly Buffer[]): Promise<void>;
  /** Reads up to `length` bytes from `position`. */
  read(position: number, length: number): Promise<Buffer>;
  /** Closes the file once no read or write is in progress. May be called again. */
  close(): void;
};

const readAt = promisify(read);
const append = promisify(writeFile);

/** Throws the disk's error. */
export function createKeptFile(folder: TemporaryFolder): KeptFile {
  const fd = openUnlinked(folder, 'rendition');
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
        // Reads do not move the descriptor's offset, so it is always at the end of the file.
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

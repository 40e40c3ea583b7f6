import { close, read, writev } from 'node:fs';
import { promisify } from 'node:util';
import { openUnlinked } from '#lib/unlinked-file.ts';

/** What has been written of a rendition, on disk and without a name; it is gone with this process. */
export type KeptFile = {
  /** Bytes that can be read. */
  readonly bytes: number;
  /** One at a time. Throws what the disk says; what was written before stays readable. */
  append(chunks: readonly Buffer[]): Promise<void>;
  /** From this place on, up to so many bytes. */
  read(position: number, length: number): Promise<Buffer>;
  /** Closes it, once nothing is being read or written; may be called again. */
  close(): void;
};

const readAt = promisify(read);
const writeAllAt = promisify(writev);

/** Throws what the disk says. */
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
        for (let left = chunks; left.length > 0; ) {
          const { bytesWritten } = await writeAllAt(fd, left, bytes);
          bytes += bytesWritten;
          left = behind(left, bytesWritten);
        }
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

/** What of these pieces lies behind their first `count` bytes. */
function behind(chunks: readonly Buffer[], count: number): readonly Buffer[] {
  let skip = count;
  const index = chunks.findIndex((chunk) => {
    if (skip < chunk.length) return true;
    skip -= chunk.length;
    return false;
  });
  if (index === -1) return [];
  const [first, ...rest] = chunks.slice(index) as [Buffer, ...Buffer[]];
  return [first.subarray(skip), ...rest];
}

import { addAbortListener } from 'node:events';
import { close, write } from 'node:fs';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { AppError } from '#lib/errors.ts';
import { openUnlinked, requireSpace, type TemporaryFolder } from '#lib/unlinked-file.ts';

/** A source in an unlinked file on disk. It is deleted with its last descriptor, even if the process is killed. */
export type SpooledSource = {
  /** Its offset stays 0. A child that inherits it as descriptor 3 can open `/proc/self/fd/3` and seek. */
  readonly fd: number;
  readonly bytes: number;
  /** Closes the descriptor; may be called again. */
  close(): Promise<void>;
};

export type SpoolOptions = TemporaryFolder & {
  readonly maxBytes: number;
  /** Takes disk space before it is used, bytes. What it throws ends the copy. */
  readonly claim: (bytes: number) => void;
  readonly signal: AbortSignal;
};

/**
 * Writes `body` to an unlinked temporary file. Always ends `body`. Throws the error of the body, PAYLOAD_TOO_LARGE over
 * `maxBytes`, OVERLOADED before the disk is full, UNAVAILABLE `{part: 'spool'}` when it is full or not writable, what
 * `claim` throws, and the signal's reason.
 */
export async function spool(body: Readable, options: SpoolOptions): Promise<SpooledSource> {
  const { signal } = options;
  using _ = addAbortListener(signal, () => body.destroy(signal.reason));
  let fd: number | undefined;
  try {
    fd = openUnlinked(options, 'spool');
    const bytes = await writeAll(fd, body, options);
    signal.throwIfAborted();
    return { fd, bytes, close: closeOnce(fd) };
  } catch (error) {
    body.destroy();
    if (fd !== undefined) await closeFd(fd);
    throw signal.aborted ? signal.reason : toSpoolError(error);
  }
}

const writeAt = promisify(write);
const closeFd = promisify(close);

/** Bytes after which the free space is checked again. */
const CHECKED_BYTES = 16 << 20;

/** Writes one chunk at a time, at explicit positions: no write is pending on close, and the offset stays 0. */
async function writeAll(fd: number, body: Readable, options: SpoolOptions): Promise<number> {
  const { maxBytes, claim } = options;
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (bytes + chunk.length > maxBytes) throw new AppError('PAYLOAD_TOO_LARGE', { limit_bytes: maxBytes });
    claim(chunk.length);
    if (Math.floor((bytes + chunk.length) / CHECKED_BYTES) > Math.floor(bytes / CHECKED_BYTES)) requireSpace(options);
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await writeAt(fd, chunk, done, chunk.length - done, bytes);
      done += bytesWritten;
      bytes += bytesWritten;
    }
  }
  return bytes;
}

function closeOnce(fd: number): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => {
    closed ??= closeFd(fd);
    return closed;
  };
}

function toSpoolError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return new AppError('DOWNLOAD_FAILED', { reason: code }, { cause: error });
  const message = `the source could not be written to a temporary file (${code})`;
  return new AppError('UNAVAILABLE', { part: 'spool', reason: code }, { message, cause: error });
}

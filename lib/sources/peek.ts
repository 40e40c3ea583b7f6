import type { Readable } from 'node:stream';

const NOTHING = Buffer.alloc(0);

/**
 * Returns the first `bytes` bytes of a stream without a reader, or all bytes if it is shorter. They stay in the stream.
 * Returns an empty buffer when the stream fails or the signal is aborted first. Never rejects.
 */
export function peek(body: Readable, bytes: number, signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();

  function settle(start: Buffer): void {
    // Before `unshift`, which emits 'readable' again.
    body.off('readable', look).off('close', giveUp).off('end', giveUp);
    signal.removeEventListener('abort', giveUp);
    // Synchronously: an empty stream that has ended emits 'end' in the next tick.
    if (start.length > 0) body.unshift(start);
    resolve(start);
  }

  function giveUp(): void {
    settle(NOTHING);
  }

  /** `read` returns `bytes` bytes, or the rest at the end. Until then it makes the stream buffer that much. */
  function look(): void {
    const start: Buffer | null = body.destroyed ? NOTHING : body.read(bytes);
    if (start !== null) settle(start);
  }

  body.on('readable', look).on('close', giveUp).on('end', giveUp);
  signal.addEventListener('abort', giveUp);
  if (signal.aborted || body.destroyed || body.readableEnded) giveUp();
  return promise;
}

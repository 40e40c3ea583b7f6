import type { Readable } from 'node:stream';

const NOTHING = Buffer.alloc(0);

/**
 * Returns the first `bytes` bytes of a stream without a reader, or all it has when it ends before; they stay in it.
 * Nothing when it breaks, or when the signal is aborted first. Never rejects.
 */
export function peek(body: Readable, bytes: number, signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();

  function settle(start: Buffer): void {
    // First: what is put back is announced as new.
    body.off('readable', look).off('close', giveUp).off('end', giveUp);
    signal.removeEventListener('abort', giveUp);
    // At once: a stream that is empty and has ended announces it in the next turn.
    if (start.length > 0) body.unshift(start);
    resolve(start);
  }

  function giveUp(): void {
    settle(NOTHING);
  }

  /** `read` gives `bytes` bytes, or, at the end, what there is; until then it has the stream hold that much. */
  function look(): void {
    const start: Buffer | null = body.destroyed ? NOTHING : body.read(bytes);
    if (start !== null) settle(start);
  }

  body.on('readable', look).on('close', giveUp).on('end', giveUp);
  signal.addEventListener('abort', giveUp);
  if (signal.aborted || body.destroyed || body.readableEnded) giveUp();
  return promise;
}

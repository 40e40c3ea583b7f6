import { Readable } from 'node:stream';
import type { Reply } from './reply.ts';
import type { ResponseHead } from './response-head.ts';

/** The decoded response that `invoke` returns, with a streamed body. */
export type InvokeResponse = {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  /** Read it or destroy it. It fails where an HTTP client would see the connection cut. Destroying it disconnects. */
  readonly body: Readable;
};

/** A response for a caller in the same process. */
export type MemoryReply = Reply & {
  /** Resolves with the head; rejects when the caller disconnects first. */
  readonly response: Promise<InvokeResponse>;
  /** Calls `listener` when the caller disconnects: by `leave`, or by destroying the body before its end. */
  onLeave(listener: () => void): void;
  /** Disconnects the caller, or ends the invocation: no head follows, or no more body. */
  leave(reason: unknown): void;
};

/** A piece that `read` has yet to deliver. `null` is the end, an Error cuts the body off. */
type Piece = { readonly next: Buffer | null | Error; readonly flushed: () => void };

export function createMemoryReply(): MemoryReply {
  const { promise: response, resolve, reject } = Promise.withResolvers<InvokeResponse>();
  const queue: Piece[] = [];
  const body = new Readable({
    // No read-ahead, so that an error follows the last byte and does not replace it.
    highWaterMark: 0,
    read: feed,
    destroy(error, done) {
      if (!body.readableEnded) left();
      done(error);
    },
  });
  let left = (): void => undefined;
  let isStarted = false;
  let isHungry = false;

  function sendHead(head: ResponseHead): void {
    isStarted = true;
    resolve({ ...head, body });
  }

  function enqueue(next: Buffer | null | Error, flushed: () => void = () => undefined): void {
    queue.push({ next, flushed });
    if (isHungry) feed();
  }

  function feed(): void {
    const first = queue.shift();
    isHungry = first === undefined;
    if (!first) return;
    if (first.next instanceof Error) body.destroy(first.next);
    else body.push(first.next);
    process.nextTick(first.flushed);
  }

  return {
    response,
    get started() {
      return isStarted;
    },
    head: sendHead,
    write: enqueue,
    end(flushed) {
      enqueue(null);
      process.nextTick(flushed);
    },
    send(head, whole) {
      sendHead(head);
      if (whole.length > 0) enqueue(Buffer.from(whole));
      enqueue(null);
    },
    cutOff: () => enqueue(new Error('The response was cut off')),
    onLeave(listener) {
      left = listener;
    },
    leave(reason) {
      if (isStarted) body.destroy(reason instanceof Error ? reason : new Error(String(reason)));
      else reject(reason);
      left();
    },
  };
}

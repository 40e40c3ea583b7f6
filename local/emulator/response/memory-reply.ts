import { Readable } from 'node:stream';
import type { Reply } from './reply.ts';
import type { ResponseHead } from './response-head.ts';

/** What `invoke` gives: the decoded answer, its body as it comes. */
export type InvokeResponse = {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  /** To be read or destroyed. Fails where an HTTP client would see the connection break; destroying it is leaving. */
  readonly body: Readable;
};

/** An answer for a caller in the same process. */
export class MemoryReply implements Reply {
  /** Resolves with the head; rejects when the caller leaves before it. */
  readonly response: Promise<InvokeResponse>;
  /** Called when the caller destroys the body before its end. */
  onLeave: (() => void) | undefined;
  started = false;

  readonly #resolve: (response: InvokeResponse) => void;
  readonly #reject: (error: unknown) => void;
  readonly #body: Readable;
  /** What `read` has yet to hand over; `null` is the end, an Error the break. */
  readonly #queue: { next: Buffer | null | Error; flushed: () => void }[] = [];
  #hungry = false;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<InvokeResponse>();
    this.response = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#body = new Readable({
      // Nothing is read ahead, so that a break comes after the last byte, not instead of it.
      highWaterMark: 0,
      read: () => this.#feed(),
      destroy: (error, done) => {
        if (!this.#body.readableEnded) this.onLeave?.();
        done(error);
      },
    });
  }

  head(head: ResponseHead): void {
    this.started = true;
    this.#resolve({ ...head, body: this.#body });
  }

  write(bytes: Buffer, flushed: () => void): void {
    this.#enqueue(bytes, flushed);
  }

  end(flushed: () => void): void {
    this.#enqueue(null);
    process.nextTick(flushed);
  }

  send(head: ResponseHead, body: Buffer | string): void {
    this.head(head);
    if (body.length > 0) this.#enqueue(Buffer.from(body));
    this.#enqueue(null);
  }

  breakOff(): void {
    this.#enqueue(new Error('The response was broken off'));
  }

  /** The caller left, or the invocation was ended for it: no head comes, or no more body. */
  leave(reason: unknown): void {
    if (this.started) this.#body.destroy(reason instanceof Error ? reason : new Error(String(reason)));
    else this.#reject(reason);
    this.onLeave?.();
  }

  #enqueue(next: Buffer | null | Error, flushed: () => void = () => {}): void {
    this.#queue.push({ next, flushed });
    if (this.#hungry) this.#feed();
  }

  #feed(): void {
    const first = this.#queue.shift();
    this.#hungry = first === undefined;
    if (!first) return;
    if (first.next instanceof Error) this.#body.destroy(first.next);
    else this.#body.push(first.next);
    process.nextTick(first.flushed);
  }
}

import { HTTP_INTEGRATION_TYPE } from './awslambda-global.ts';
import { DEFAULT_STREAM_TYPE, PreludeDecoder } from './prelude.ts';
import type { Reply, ResponseSink } from './reply.ts';
import { InvalidResponse, toResponseHead } from './response-head.ts';
import { ResponseTooLarge } from './response-too-large.ts';

/**
 * The URL's side of a stream under RESPONSE_STREAM: takes the prelude off, then passes bytes on as they come.
 * A stream of another content type is answered with 200 and that type.
 */
export class HttpIntegration implements ResponseSink {
  readonly #reply: Reply;
  readonly #limitBytes: number;
  #contentType = DEFAULT_STREAM_TYPE;
  #prelude: PreludeDecoder | undefined;
  #receivedBytes = 0;

  constructor(reply: Reply, limitBytes: number = Number.POSITIVE_INFINITY) {
    this.#reply = reply;
    this.#limitBytes = limitBytes;
  }

  begin(contentType: string): void {
    if (contentType === HTTP_INTEGRATION_TYPE) this.#prelude = new PreludeDecoder();
    else this.#contentType = contentType;
  }

  write(bytes: Buffer, flushed: () => void): void {
    const room = this.#limitBytes - this.#receivedBytes;
    this.#receivedBytes += bytes.length;
    this.#pass(bytes.length > room ? bytes.subarray(0, room) : bytes, flushed);
    if (bytes.length > room) throw new ResponseTooLarge(this.#limitBytes);
  }

  end(flushed: () => void): void {
    if (this.#prelude && this.#receivedBytes > 0) throw new InvalidResponse('the stream ended within its prelude');
    if (!this.#reply.started) this.#begin();
    this.#reply.end(flushed);
  }

  #pass(bytes: Buffer, flushed: () => void): void {
    const body = this.#prelude ? this.#takePrelude(this.#prelude, bytes) : bytes;
    if (body && !this.#reply.started) this.#begin();
    if (body && body.length > 0) this.#reply.write(body, flushed);
    else flushed();
  }

  #takePrelude(prelude: PreludeDecoder, bytes: Buffer): Buffer | undefined {
    const found = prelude.push(bytes);
    if (!found) return undefined;
    this.#prelude = undefined;
    this.#reply.head(found.head);
    return found.rest;
  }

  #begin(): void {
    this.#reply.head(toResponseHead({}, this.#contentType));
  }
}

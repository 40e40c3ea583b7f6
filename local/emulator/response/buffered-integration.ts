import { HTTP_INTEGRATION_TYPE } from './awslambda-global.ts';
import { type BufferedResponse, toBufferedResponse } from './buffered-response.ts';
import { DEFAULT_STREAM_TYPE, PreludeDecoder } from './prelude.ts';
import type { Reply, ResponseSink } from './reply.ts';
import { InvalidResponse, toResponseHead } from './response-head.ts';
import { ResponseTooLarge } from './response-too-large.ts';

/** A streaming handler behind a BUFFERED URL: its bytes are kept until the end, then they are the response. */
export class BufferedIntegration implements ResponseSink {
  readonly #reply: Reply;
  readonly #limitBytes: number;
  #contentType = DEFAULT_STREAM_TYPE;
  readonly #chunks: Buffer[] = [];
  #receivedBytes = 0;

  constructor(reply: Reply, limitBytes: number) {
    this.#reply = reply;
    this.#limitBytes = limitBytes;
  }

  begin(contentType: string): void {
    this.#contentType = contentType;
  }

  write(bytes: Buffer, flushed: () => void): void {
    this.#receivedBytes += bytes.length;
    if (this.#receivedBytes > this.#limitBytes) throw new ResponseTooLarge(this.#limitBytes);
    this.#chunks.push(bytes);
    flushed();
  }

  end(flushed: () => void): void {
    const { head, body } = this.#response(Buffer.concat(this.#chunks));
    this.#reply.send(head, body);
    flushed();
  }

  #response(bytes: Buffer): BufferedResponse {
    if (this.#contentType === HTTP_INTEGRATION_TYPE && bytes.length > 0) {
      const found = new PreludeDecoder().push(bytes);
      if (!found) throw new InvalidResponse('the stream ended within its prelude');
      return { head: found.head, body: found.rest };
    }
    const result = parseJson(bytes);
    if (result !== undefined) return toBufferedResponse(result, this.#limitBytes);
    const type = this.#contentType === HTTP_INTEGRATION_TYPE ? DEFAULT_STREAM_TYPE : this.#contentType;
    return { head: toResponseHead({}, type), body: bytes };
  }
}

/** Undefined for what is not JSON. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

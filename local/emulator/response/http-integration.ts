import { HTTP_INTEGRATION_TYPE } from './awslambda-global.ts';
import { createPreludeDecoder, DEFAULT_STREAM_TYPE, type PreludeDecoder } from './prelude.ts';
import type { Reply, ResponseSink } from './reply.ts';
import { InvalidResponse, toResponseHead } from './response-head.ts';
import { ResponseTooLarge } from './response-too-large.ts';

/**
 * The URL's side of a stream under RESPONSE_STREAM: reads the prelude, then passes bytes on as they arrive.
 * A stream of another content type becomes a response with status 200 and that type.
 */
export function createHttpIntegration(reply: Reply, limitBytes: number = Number.POSITIVE_INFINITY): ResponseSink {
  let streamType = DEFAULT_STREAM_TYPE;
  let prelude: PreludeDecoder | undefined;
  let receivedBytes = 0;

  function pass(bytes: Buffer, flushed: () => void): void {
    const body = prelude ? takePrelude(prelude, bytes) : bytes;
    if (body && !reply.started) beginReply();
    if (body && body.length > 0) reply.write(body, flushed);
    else flushed();
  }

  function takePrelude(decoder: PreludeDecoder, bytes: Buffer): Buffer | undefined {
    const found = decoder.push(bytes);
    if (!found) return undefined;
    prelude = undefined;
    reply.head(found.head);
    return found.rest;
  }

  function beginReply(): void {
    reply.head(toResponseHead({}, streamType));
  }

  return {
    begin(contentType) {
      if (contentType === HTTP_INTEGRATION_TYPE) prelude = createPreludeDecoder();
      else streamType = contentType;
    },
    write(bytes, flushed) {
      const room = limitBytes - receivedBytes;
      receivedBytes += bytes.length;
      pass(bytes.length > room ? bytes.subarray(0, room) : bytes, flushed);
      if (bytes.length > room) throw new ResponseTooLarge(limitBytes);
    },
    end(flushed) {
      if (prelude && receivedBytes > 0) throw new InvalidResponse('the stream ended within its prelude');
      if (!reply.started) beginReply();
      reply.end(flushed);
    },
  };
}

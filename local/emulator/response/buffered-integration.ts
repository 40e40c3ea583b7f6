import { HTTP_INTEGRATION_TYPE } from './awslambda-global.ts';
import { type BufferedResponse, toBufferedResponse } from './buffered-response.ts';
import { createPreludeDecoder, DEFAULT_STREAM_TYPE } from './prelude.ts';
import type { Reply, ResponseSink } from './reply.ts';
import { InvalidResponse, toResponseHead } from './response-head.ts';
import { ResponseTooLarge } from './response-too-large.ts';

/** The URL's side of a stream under BUFFERED: keeps the bytes until the stream ends, then sends them as one response. */
export function createBufferedIntegration(reply: Reply, limitBytes: number): ResponseSink {
  const chunks: Buffer[] = [];
  let streamType = DEFAULT_STREAM_TYPE;
  let receivedBytes = 0;
  return {
    begin(contentType) {
      streamType = contentType;
    },
    write(bytes, flushed) {
      receivedBytes += bytes.length;
      if (receivedBytes > limitBytes) throw new ResponseTooLarge(limitBytes);
      chunks.push(bytes);
      flushed();
    },
    end(flushed) {
      const { head, body } = toResponse({ bytes: Buffer.concat(chunks), streamType, limitBytes });
      reply.send(head, body);
      flushed();
    },
  };
}

type Collected = { readonly bytes: Buffer; readonly streamType: string; readonly limitBytes: number };

function toResponse({ bytes, streamType, limitBytes }: Collected): BufferedResponse {
  if (streamType === HTTP_INTEGRATION_TYPE && bytes.length > 0) {
    const found = createPreludeDecoder().push(bytes);
    if (!found) throw new InvalidResponse('the stream ended within its prelude');
    return { head: found.head, body: found.rest };
  }
  const result = parseJson(bytes);
  if (result !== undefined) return toBufferedResponse(result, limitBytes);
  const type = streamType === HTTP_INTEGRATION_TYPE ? DEFAULT_STREAM_TYPE : streamType;
  return { head: toResponseHead({}, type), body: bytes };
}

/** Returns undefined for bytes that are not JSON. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Reply } from '../response/reply.ts';
import type { ResponseHead } from '../response/response-head.ts';

export type HttpReplyOptions = {
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Whether the connection may serve another request; read when the head is sent, and again at the end. */
  readonly keepAlive: () => boolean;
};

/** Milliseconds for a client to read the rest of a response that is cut off. */
const CUT_OFF_MS = 10_000;

/** Sends a response over HTTP. */
export function createHttpReply({ response, requestId, keepAlive }: HttpReplyOptions): Reply {
  let wroteBody = false;

  function headersOf(head: ResponseHead): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = { ...head.headers, 'x-amzn-requestid': requestId };
    if (head.cookies.length > 0) headers['set-cookie'] = [...head.cookies];
    if (!keepAlive()) headers['connection'] = 'close';
    return headers;
  }

  return {
    get started() {
      return response.headersSent;
    },
    head(head) {
      response.writeHead(head.statusCode, headersOf(head));
      // A tick later, so that a body that follows at once shares the packet. Without one, the client gets the head now.
      process.nextTick(() => {
        if (!wroteBody) response.flushHeaders();
      });
    },
    write(bytes, flushed) {
      wroteBody = true;
      response.write(bytes, flushed);
    },
    end(flushed) {
      wroteBody = true;
      const { socket } = response;
      response.end(() => {
        // The head may have promised to keep the connection when the server was not yet closing.
        if (!keepAlive()) socket?.destroySoon();
        flushed();
      });
    },
    send(head, body) {
      const headers = headersOf(head);
      // A 204 or 304 has no body to measure (RFC 9110, 8.6).
      if (head.statusCode !== 204 && head.statusCode !== 304) headers['content-length'] = Buffer.byteLength(body);
      response.writeHead(head.statusCode, headers);
      response.end(body);
    },
    cutOff: () => cutOff(response),
  };
}

/**
 * Closes the connection after the written bytes, but without the last chunk, so that the client detects an incomplete
 * response. HTTP/1.0 has no chunks, and an orderly close completes its responses, so there the connection is reset.
 */
function cutOff(response: ServerResponse): void {
  const { socket } = response;
  if (!socket) {
    response.destroy();
    return;
  }
  if (response.req.httpVersion === '1.0') resetWhenWritten(socket);
  else socket.destroySoon();
  const timer = setTimeout(() => socket.destroy(), CUT_OFF_MS);
  socket.once('close', () => clearTimeout(timer));
}

function resetWhenWritten(socket: Socket): void {
  if (socket.writableLength === 0) socket.resetAndDestroy();
  else socket.once('drain', () => socket.resetAndDestroy());
}

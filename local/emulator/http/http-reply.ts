import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Reply } from '../response/reply.ts';
import type { ResponseHead } from '../response/response-head.ts';

/** Milliseconds a client has to take what is left of an answer that was broken off. */
const BREAK_OFF_MS = 10_000;

/** An answer over HTTP. */
export class HttpReply implements Reply {
  readonly #response: ServerResponse;
  readonly #requestId: string;
  readonly #keepAlive: () => boolean;
  #wroteBody = false;

  /** `keepAlive` is asked when the head is sent: whether the connection may serve another request. */
  constructor(options: { response: ServerResponse; requestId: string; keepAlive: () => boolean }) {
    this.#response = options.response;
    this.#requestId = options.requestId;
    this.#keepAlive = options.keepAlive;
  }

  get started(): boolean {
    return this.#response.headersSent;
  }

  head(head: ResponseHead): void {
    this.#response.writeHead(head.statusCode, this.#headers(head));
    // A tick later, so that a body which is there already shares the packet; without one the client has the head now.
    process.nextTick(() => {
      if (!this.#wroteBody) this.#response.flushHeaders();
    });
  }

  write(bytes: Buffer, flushed: () => void): void {
    this.#wroteBody = true;
    this.#response.write(bytes, flushed);
  }

  end(flushed: () => void): void {
    this.#wroteBody = true;
    const { socket } = this.#response;
    this.#response.end(() => {
      // The head may have promised to keep the connection when the server was not yet closing.
      if (!this.#keepAlive()) socket?.destroySoon();
      flushed();
    });
  }

  send(head: ResponseHead, body: Buffer | string): void {
    const headers = this.#headers(head);
    // A 204 or 304 has no body to measure (RFC 9110, 8.6).
    if (head.statusCode !== 204 && head.statusCode !== 304) headers['content-length'] = Buffer.byteLength(body);
    this.#response.writeHead(head.statusCode, headers);
    this.#response.end(body);
  }

  /**
   * Closes the connection after what was written, without the last chunk, which is what tells the client. HTTP/1.0 has
   * no chunks, and an orderly close is its end: there the connection is reset.
   */
  breakOff(): void {
    const { socket } = this.#response;
    if (!socket) {
      this.#response.destroy();
      return;
    }
    if (this.#response.req.httpVersion === '1.0') resetWhenWritten(socket);
    else socket.destroySoon();
    const impatience = setTimeout(() => socket.destroy(), BREAK_OFF_MS);
    socket.once('close', () => clearTimeout(impatience));
  }

  #headers(head: ResponseHead): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = { ...head.headers, 'x-amzn-requestid': this.#requestId };
    if (head.cookies.length > 0) headers['set-cookie'] = [...head.cookies];
    if (!this.#keepAlive()) headers['connection'] = 'close';
    return headers;
  }
}

function resetWhenWritten(socket: Socket): void {
  if (socket.writableLength === 0) socket.resetAndDestroy();
  else socket.once('drain', () => socket.resetAndDestroy());
}

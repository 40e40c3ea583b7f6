import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBehaviour } from './fuzz-case.ts';

/** The result of a request. */
export type Exchange = { readonly ms: number } & (
  | Answered
  /** The connection ended without a response, or with an invalid one. */
  | { readonly kind: 'no_answer'; readonly reason: string }
  | { readonly kind: 'hung'; readonly status: number | undefined }
  /** The client disconnected first, as planned. */
  | { readonly kind: 'given_up' }
);

export type Answered = {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The whole body, or the part that was read. */
  readonly body: Buffer;
  /** Whether it ended properly: false when it was cut or the client disconnected. */
  readonly complete: boolean;
  /** Whether the client ended it. */
  readonly left: boolean;
};

export type ExchangeOptions = {
  readonly url: string;
  readonly bytes: Buffer;
  /** HEAD has no body, whatever the response headers say. */
  readonly isHead: boolean;
  readonly client: ClientBehaviour;
  readonly limitMs: number;
};

/** Sends these bytes on a separate connection and reads the response like this client. Never rejects. */
export async function exchange({ url, bytes, isHead, client, limitMs }: ExchangeOptions): Promise<Exchange> {
  const startedAt = performance.now();
  const limit = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const socket = connectTo(url, bytes);
  const call = request({ method: isHead ? 'HEAD' : 'GET', createConnection: () => socket });
  let status: number | undefined;
  call.on('error', (error) => {
    // The reader reports a response that is cut.
    if (status === undefined) resolve({ kind: 'no_answer', reason: error.message });
  });
  call.on('response', (response) => {
    status = response.statusCode;
    void take(response, client, limit.signal).then(resolve);
  });
  call.end();
  const timers = [setTimeout(() => resolve({ kind: 'hung', status }), limitMs)];
  if (client.kind === 'gives_up') timers.push(setTimeout(() => resolve({ kind: 'given_up' }), client.afterMs));
  const outcome = await promise;
  timers.forEach(clearTimeout);
  limit.abort();
  call.destroy();
  socket.destroy();
  return { ...outcome, ms: performance.now() - startedAt };
}

type Outcome = Exchange extends infer Kind ? (Kind extends Exchange ? Omit<Kind, 'ms'> : never) : never;

/** A connection that sends only these bytes. The HTTP client's own writes are dropped; it only reads the response. */
function connectTo(url: string, bytes: Buffer): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  // The HTTP client reports it while it listens.
  socket.on('error', () => undefined);
  // A server that closes while bytes are in transit resets the connection. The response still counts.
  socket.write(bytes);
  socket.write = (_chunk: unknown, ...rest: unknown[]) => {
    const written = rest.findLast((argument) => typeof argument === 'function');
    if (written !== undefined) process.nextTick(written as () => void);
    return true;
  };
  return socket;
}

async function take(response: IncomingMessage, client: ClientBehaviour, signal: AbortSignal): Promise<Outcome> {
  const { statusCode = 0, headers } = response;
  const chunks: Buffer[] = [];
  let bytes = 0;
  let left = client.kind === 'leaves' && client.behindBytes === 0;
  response.on('error', () => undefined);
  const leave = (): void => {
    left = true;
    response.destroy();
  };
  const leaving = client.kind === 'listens' ? setTimeout(leave, client.ms) : undefined;
  try {
    if (!left) {
      for await (const chunk of response) {
        chunks.push(chunk as Buffer);
        bytes += (chunk as Buffer).length;
        if (client.kind === 'pauses' && chunks.length === 1) await delay(client.ms, undefined, { signal });
        left = client.kind === 'leaves' && bytes >= client.behindBytes;
        if (left) break;
      }
    }
  } catch {
    // The response was cut, which `complete` shows.
  }
  clearTimeout(leaving);
  const complete = response.complete && !left;
  return { kind: 'answered', status: statusCode, headers, body: Buffer.concat(chunks), complete, left };
}

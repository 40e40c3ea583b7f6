import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createListener, type Socket } from 'node:net';

/** An HTTP server on 127.0.0.1 that acts as a source, correct or faulty. */
export type HttpSource = AsyncDisposable & {
  readonly port: number;
  readonly origin: string;
  /** The entry of SOURCE_ALLOWED_NETWORKS that allows exactly this server. */
  readonly network: string;
  /** The requests so far, oldest first. */
  readonly requests: readonly IncomingMessage[];
  /** The number of connections accepted so far. */
  readonly accepted: () => number;
  /** The number of open connections. */
  readonly connected: () => Promise<number>;
};

/** Starts a source that handles each request with `behave`; `await using` closes it and all its connections. */
export async function startHttpSource(behave: RequestListener): Promise<HttpSource> {
  const requests: IncomingMessage[] = [];
  let accepted = 0;
  const server = createServer((request, response) => {
    requests.push(request);
    // In many tests the client disconnects midway.
    response.on('error', () => {});
    behave(request, response);
  });
  server.on('connection', () => {
    accepted += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    network: `127.0.0.1/32:${port}`,
    requests,
    accepted: () => accepted,
    connected: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Accepts connections and never sends anything: no HTTP, no TLS. */
export async function startSilentListener(): Promise<AsyncDisposable & Pick<HttpSource, 'port' | 'network'>> {
  const sockets = new Set<Socket>();
  const server = createListener((socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    network: `127.0.0.1/32:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type ServeOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether Range is supported; true when absent. */
  readonly ranges?: boolean;
  /** Whether Content-Length is left out. */
  readonly chunked?: boolean;
  /** The number of body bytes that the first, second, … response sends before its connection is cut. */
  readonly breakAfter?: readonly number[];
  /** Cuts by RST instead of an early end. */
  readonly reset?: boolean;
};

/** Serves `content` like a file server, with Range and If-Range, and cuts connections as the options say. */
export function serve(content: Buffer, options: ServeOptions = {}): RequestListener {
  let answers = 0;
  return (request, response) => {
    const breakAt = options.breakAfter?.[answers];
    answers += 1;
    const start = options.ranges === false ? undefined : rangeStart(request, options.headers ?? {});
    if (start !== undefined && start >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const rest = content.subarray(start ?? 0);
    response.writeHead(start === undefined ? 200 : 206, {
      ...options.headers,
      ...(options.chunked ? {} : { 'content-length': rest.length }),
      ...(start === undefined ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if (breakAt === undefined) response.end(rest);
    else response.write(rest.subarray(0, breakAt), () => cut(response, options.reset ?? false));
  };
}

/** Handles the first request with the first behaviour, and so on; the last one handles all further requests. */
export function inTurn(...behaviours: readonly RequestListener[]): RequestListener {
  let turn = 0;
  return (request, response) => {
    const behave = behaviours[Math.min(turn, behaviours.length - 1)];
    turn += 1;
    behave?.(request, response);
  };
}

export function answer(status: number, headers: Readonly<Record<string, string>> = {}, body = ''): RequestListener {
  return (_, response) => {
    response.writeHead(status, headers).end(body);
  };
}

export const resetBeforeHeaders: RequestListener = (request) => {
  request.socket.resetAndDestroy();
};

/** Sends `start`, then `next` every `everyMs` until the client disconnects. */
export function trickle(start: Buffer, next: Buffer, everyMs: number): RequestListener {
  return (_, response) => {
    response.write(start);
    const timer = setInterval(() => response.write(next), everyMs);
    response.on('close', () => clearInterval(timer));
  };
}

/** Sends a header byte by byte without end. */
export function trickleHeaders(everyMs: number): RequestListener {
  return (request) => {
    const { socket } = request;
    socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
    const timer = setInterval(() => socket.write('a'), everyMs);
    socket.on('close', () => clearInterval(timer));
  };
}

/** Sends `start` (only headers when empty), then nothing. */
export function fallSilent(start: Buffer = Buffer.alloc(0)): RequestListener {
  return (_, response) => {
    response.flushHeaders();
    if (start.length > 0) response.write(start);
  };
}

/** Accepts the request and never responds. */
export const neverAnswer: RequestListener = () => {};

/** Sends `block` without end, as fast as the client reads. */
export function endless(block: Buffer): RequestListener {
  return (_, response) => {
    const push = (): void => {
      while (!response.destroyed && response.write(block));
    };
    response.on('drain', push);
    push();
  };
}

/** `/0` is `content`; `/n` redirects to `/n-1`. */
export function redirectChain(content: Buffer): RequestListener {
  return (request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end(content);
    else response.writeHead(302, { location: `/${left - 1}` }).end();
  };
}

function rangeStart(request: IncomingMessage, current: Readonly<Record<string, string>>): number | undefined {
  const condition = request.headers['if-range'];
  if (condition !== undefined && condition !== current['etag'] && condition !== current['last-modified'])
    return undefined;
  const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  return start === undefined ? undefined : Number(start);
}

function cut(response: ServerResponse, reset: boolean): void {
  if (reset) response.socket?.resetAndDestroy();
  else response.socket?.destroy();
}

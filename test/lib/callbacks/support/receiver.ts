import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as a receiver got it. */
export type Received = {
  readonly id: string;
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** `performance.now()` at its end. */
  readonly at: number;
};

/** An HTTP server on 127.0.0.1 that receives callbacks; `await using` closes it. */
export type Receiver = AsyncDisposable & {
  readonly url: string;
  /** The entry of CALLBACK_ALLOWED_NETWORKS for this server alone. */
  readonly network: string;
  readonly port: number;
  /** What it has received so far. */
  readonly received: readonly Received[];
  /** The number of connections so far. */
  accepted(): number;
};

/** Starts a receiver, on a free port unless `at` names one that was free before. `behave` answers each request. */
export async function startReceiver(behave: RequestListener = answer(204), at = 0): Promise<Receiver> {
  const received: Received[] = [];
  let accepted = 0;
  const server = createServer(async (request, response) => {
    response.on('error', () => undefined);
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    const { method, url: path, headers } = request;
    received.push({
      id: String(headers['webhook-id']),
      method,
      path,
      headers,
      body: body.toString(),
      at: performance.now(),
    });
    behave(request, response);
  });
  server.on('connection', () => {
    accepted += 1;
  });
  server.listen(at, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/callbacks`,
    network: `127.0.0.1/32:${port}`,
    port,
    received,
    accepted: () => accepted,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answer(status: number, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (_, response) => {
    response.writeHead(status, headers).end();
  };
}

/** Answers with each of the statuses in turn, then always with the last one. */
export function statuses(...list: readonly number[]): RequestListener {
  let turn = 0;
  return (_, response) => {
    response.writeHead(list[Math.min(turn, list.length - 1)] ?? 500).end();
    turn += 1;
  };
}

/** Never answers. */
export const silent: RequestListener = () => undefined;

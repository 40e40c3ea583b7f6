import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An error as a runtime reports it. */
export type RuntimeError = { readonly errorType: string; readonly errorMessage: string };

/** A runtime's response to an invocation. */
export type RuntimeResponse =
  | { readonly kind: 'buffered'; readonly payload: string }
  /** The body is read from the runtime's connection, which waits while there is no reader. */
  | { readonly kind: 'streamed'; readonly contentType: string; readonly body: IncomingMessage }
  | { readonly kind: 'error'; readonly error: RuntimeError };

export type RuntimeInvocation = {
  readonly requestId: string;
  readonly event: unknown;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  readonly functionArn: string;
};

/** The Runtime API of one execution environment (2018-06-01), and the platform's side of it. */
export type RuntimeApi = AsyncDisposable & {
  /** The value of AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Resolves with performance.now() when the runtime first requests work; rejects with its start error. */
  readonly ready: Promise<number>;
  /** Passes an invocation to the runtime at its next request. Resolves when its response begins. */
  invoke(invocation: RuntimeInvocation): Promise<RuntimeResponse>;
  /** Whether the runtime waits for work. */
  isWaiting(): boolean;
  /** Ends a running invocation for the platform: its caller gets this response. */
  abandon(error: RuntimeError): void;
};

const PREFIX = '/2018-06-01/runtime/';
const ERROR_TYPE = 'lambda-runtime-function-error-type';
const ERROR_BODY = 'lambda-runtime-function-error-body';

/** Serves the Runtime API on a free port. Calls `onWaiting` when the runtime is idle. */
export async function startRuntimeApi(onWaiting: () => void): Promise<RuntimeApi> {
  const started = Promise.withResolvers<number>();
  started.promise.catch(() => undefined);
  const queue: RuntimeInvocation[] = [];
  const answers = new Map<string, (response: RuntimeResponse) => void>();
  let waiting: ServerResponse | undefined;

  function handOver(): void {
    const invocation = waiting === undefined ? undefined : queue.shift();
    if (invocation === undefined) return;
    const { requestId, deadline, functionArn, event } = invocation;
    waiting
      ?.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': requestId,
        'lambda-runtime-deadline-ms': String(deadline),
        'lambda-runtime-invoked-function-arn': functionArn,
        'lambda-runtime-trace-id': `Root=1-${requestId.slice(0, 8)}-${requestId.replaceAll('-', '').slice(8)};Sampled=0`,
      })
      .end(JSON.stringify(event));
    waiting = undefined;
  }

  /** The response to a running invocation; each has one. */
  function answer(requestId: string, response: RuntimeResponse): boolean {
    const resolve = answers.get(requestId);
    answers.delete(requestId);
    resolve?.(response);
    return resolve !== undefined;
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.startsWith(PREFIX) ? request.url.slice(PREFIX.length) : '';
    const [, requestId = '', action] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (request.method === 'GET' && path === 'invocation/next') {
      started.resolve(performance.now());
      waiting = response;
      response.once('close', () => {
        if (waiting === response) waiting = undefined;
      });
      if (queue.length > 0) handOver();
      else onWaiting();
    } else if (request.method === 'POST' && path === 'init/error') {
      const error = JSON.parse(await text(request)) as RuntimeError;
      started.reject(new Error(`${error.errorType}: ${error.errorMessage}`));
      accept(response);
    } else if (action === 'error') {
      const error = JSON.parse(await text(request)) as RuntimeError;
      if (answer(requestId, { kind: 'error', error })) accept(response);
      else refuse(response, 'InvalidRequestID');
    } else if (action === 'response' && request.headers['lambda-runtime-function-response-mode'] === 'streaming') {
      request.once('end', () => accept(response));
      const contentType = request.headers['content-type'] ?? '';
      if (!answer(requestId, { kind: 'streamed', contentType, body: request })) refuse(response, 'InvalidRequestID');
    } else if (action === 'response') {
      if (answer(requestId, { kind: 'buffered', payload: await text(request) })) accept(response);
      else refuse(response, 'InvalidRequestID');
    } else {
      refuse(response.writeHead(404), 'NotFound');
    }
  }

  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    // A runtime that dies or aborts in the middle of its response.
    take(request, response).catch(() => response.destroy());
  });
  server.requestTimeout = 0;
  await once(server.listen(0, '127.0.0.1'), 'listening');

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ready: started.promise,
    invoke(invocation) {
      const { promise, resolve } = Promise.withResolvers<RuntimeResponse>();
      answers.set(invocation.requestId, resolve);
      queue.push(invocation);
      handOver();
      return promise;
    },
    isWaiting: () => waiting !== undefined,
    abandon(error) {
      started.reject(new Error(`${error.errorType}: ${error.errorMessage}`));
      queue.length = 0;
      for (const requestId of [...answers.keys()]) answer(requestId, { kind: 'error', error });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/** Returns the error in the trailers of an ended body; undefined for a complete one. */
export function trailedError({ trailers }: IncomingMessage): RuntimeError | undefined {
  const errorType = trailers[ERROR_TYPE];
  if (typeof errorType !== 'string') return undefined;
  const body = Buffer.from(String(trailers[ERROR_BODY] ?? ''), 'base64').toString('utf8');
  return { errorType, errorMessage: body };
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}\n');
}

function refuse(response: ServerResponse, errorType: string): void {
  if (!response.headersSent) response.statusCode = 400;
  response.end(JSON.stringify({ errorType, errorMessage: errorType }));
}

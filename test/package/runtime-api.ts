import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An error as a runtime tells it. */
export type RuntimeError = { readonly errorType: string; readonly errorMessage: string };

/** What a runtime answers an invocation with. */
export type RuntimeResponse =
  | { readonly kind: 'buffered'; readonly payload: string }
  /** The body is read from the runtime's connection, which waits as long as nobody reads. */
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
  /** What AWS_LAMBDA_RUNTIME_API names. */
  readonly address: string;
  /** Resolves with performance.now() when the runtime first asks for work; rejects with what it says of its start. */
  readonly ready: Promise<number>;
  /** Hands over an invocation as soon as the runtime asks for one; resolves when its answer begins. */
  invoke(invocation: RuntimeInvocation): Promise<RuntimeResponse>;
  /** Whether the runtime waits for work. */
  isWaiting(): boolean;
  /** The platform gives up: who waits for an answer gets this one. */
  abandon(error: RuntimeError): void;
};

const PREFIX = '/2018-06-01/runtime/';
const ERROR_TYPE = 'lambda-runtime-function-error-type';
const ERROR_BODY = 'lambda-runtime-function-error-body';

/** Serves the Runtime API on a free port; `onWaiting` is called when the runtime has nothing to do. */
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

  /** The answer to an invocation that runs; each has one. */
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
    // A runtime that dies or gives up in the middle of what it sends.
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

/** The error in the trailers of a body that has ended; undefined for one that ended well. */
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

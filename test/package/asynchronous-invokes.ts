import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { whole } from './implementation.ts';
import type { PackagedFunctions } from './packaged.ts';

/** The platform's API for asynchronous invocations: `POST /2015-03-31/functions/NAME/invocations`. */
export type AsynchronousInvokes = AsyncDisposable & {
  /** The settings with which the platform's SDK uses it. */
  readonly settings: NodeJS.ProcessEnv;
  /** Passes invocations on to these functions; without any, they fail. */
  serve(functions: PackagedFunctions | undefined): void;
  /** Returns the response of each invocation so far, as JSON, once all have ended. */
  ended(): Promise<unknown[]>;
};

/** Starts the API on a free port. */
export async function startAsynchronousInvokes(): Promise<AsynchronousInvokes> {
  let functions: PackagedFunctions | undefined;
  const running: Promise<unknown>[] = [];

  async function invoke(name: string, event: unknown): Promise<unknown> {
    const answer = await whole(await (functions ?? assert.fail('no functions')).invoke(name, event));
    assert.equal(answer.end, 'complete', functions?.printed());
    return answer.json();
  }

  async function accept(request: IncomingMessage): Promise<number> {
    const payload = JSON.parse(await text(request));
    const [, name = ''] =
      /^\/2015-03-31\/functions\/ffmpeg-functions-dev-([\w-]+)\/invocations$/.exec(request.url ?? '') ?? [];
    assert.equal(request.headers['x-amz-invocation-type'], 'Event');
    assert.match(
      request.headers.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=TESTS\/\d+\/eu-central-1\/lambda\//,
    );
    if (functions === undefined) return 503;
    running.push(invoke(name, payload));
    return 202;
  }

  const server = createServer((request, response) => {
    accept(request).then(
      (status) => response.writeHead(status).end(),
      (error: Error) => response.writeHead(400, { 'x-amzn-errortype': 'BadRequest' }).end(error.message),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    settings: { AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    serve(served) {
      functions = served;
    },
    ended: () => Promise.all(running),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

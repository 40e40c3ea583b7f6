import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import type { PluginExecutionMode } from '@middy/core';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { Answer } from '#lib/http/answer.ts';
import type { HttpContext } from '#lib/http/event.ts';

/** What middy gives an execution mode to run a request with. */
type Core = {
  readonly middyRequest: (event: LambdaFunctionURLEvent, context: HttpContext) => unknown;
  /** A preflight's answer has no body. */
  readonly runRequest: (
    request: unknown,
    ...steps: readonly unknown[]
  ) => Promise<Omit<Answer, 'body'> & Partial<Pick<Answer, 'body'>>>;
};

/**
 * How middy runs a function that streams. Unlike with middy's own, a body that fails leaves the response open and
 * rejects: the runtime then delivers what was written and reports the error to the platform. A response that is destroyed
 * ends the runtime (aws-lambda-ric 4 leaves its rejection unhandled), and with it what was still to be written down.
 * `settle` is awaited after each answer has left: the platform may freeze a function that is done.
 */
export function streamedExecution(settle: () => Promise<void> = async () => undefined): PluginExecutionMode {
  function run({ middyRequest, runRequest }: Core, ...[before, given, after, onError, plugin]: readonly unknown[]) {
    let handler = given;
    async function respond(event: LambdaFunctionURLEvent, stream: awslambda.HttpResponseStream, context: HttpContext) {
      const request = middyRequest(event, context);
      const { body = '', ...head } = await runRequest(request, before, handler, after, onError, plugin);
      try {
        await send(body, awslambda.HttpResponseStream.from(stream, head));
      } finally {
        await settle();
      }
    }
    return Object.assign(awslambda.streamifyResponse(respond), {
      handler(replaced: unknown) {
        handler = replaced;
        return this;
      },
    });
  }
  return run as unknown as PluginExecutionMode;
}

async function send(body: Answer['body'], response: awslambda.HttpResponseStream): Promise<void> {
  // The client has left meanwhile.
  if (response.errored) throw response.errored;
  const isWhole = typeof body === 'string';
  // Status and headers leave with the first write, which an empty body would not make.
  response.write(isWhole ? body : '');
  if (!isWhole) await pipeline(body, response, { end: false });
  const finished = once(response, 'finish');
  response.end();
  await finished;
}

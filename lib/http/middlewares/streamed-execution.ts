import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import type { PluginExecutionMode } from '@middy/core';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { Answer } from '#lib/http/answer.ts';
import type { HttpContext } from '#lib/http/event.ts';

/** What middy passes to an execution mode to run a request. */
type Core = {
  readonly middyRequest: (event: LambdaFunctionURLEvent, context: HttpContext) => unknown;
  /** The response to a preflight has no body. */
  readonly runRequest: (
    request: unknown,
    ...steps: readonly unknown[]
  ) => Promise<Omit<Answer, 'body'> & Partial<Pick<Answer, 'body'>>>;
};

/**
 * The execution mode with which middy runs a streaming function. When a body fails, it leaves the response open and
 * rejects, unlike middy's own mode: the runtime then delivers what was written and reports the error to the platform.
 * Destroying the response would end the runtime (aws-lambda-ric 4 leaves its rejection unhandled), and records would be
 * lost. `settle` is awaited after each response, because the platform may freeze a function that has finished.
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
  // The client has disconnected.
  if (response.errored) throw response.errored;
  const isWhole = typeof body === 'string';
  // Status and headers are sent with the first write, so an empty body needs one too.
  response.write(isWhole ? body : '');
  if (!isWhole) await pipeline(body, response, { end: false });
  const finished = once(response, 'finish');
  response.end();
  await finished;
}

import type { MiddlewareObj } from '@middy/core';
import type { Answer } from './answer.ts';
import type { HttpContext, HttpEvent } from './event.ts';

/** Puts the id that the logs know a request by into its answer. */
export function requestId(): MiddlewareObj<HttpEvent, Answer, Error, HttpContext> {
  const add: NonNullable<MiddlewareObj<HttpEvent, Answer, Error, HttpContext>['after']> = (request) => {
    const { response, context } = request;
    if (response)
      request.response = { ...response, headers: { ...response.headers, 'X-Request-Id': context.awsRequestId } };
  };
  return { after: add, onError: add };
}

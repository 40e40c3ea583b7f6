import type { MiddlewareObj } from '@middy/core';
import type { Answer } from './answer.ts';
import type { HttpContext, HttpEvent } from './event.ts';

type Middleware = MiddlewareObj<HttpEvent, Answer, Error, HttpContext>;

/** No answer loads anything; the API's page has its own style. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** Adds the id that the logs know a request by, and what a page made of the answer may load. */
export function commonHeaders(): Middleware {
  const add: NonNullable<Middleware['after']> = (request) => {
    if (!request.response) return;
    const headers = {
      ...request.response.headers,
      'X-Request-Id': request.context.awsRequestId,
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    };
    request.response = { ...request.response, headers };
  };
  return { after: add, onError: add };
}

import type { MiddlewareObj } from '@middy/core';
import type { Context, LambdaFunctionURLEvent } from 'aws-lambda';
import type { Caller } from '#lib/identity/caller.ts';
import type { Allowance } from '#lib/identity/limits/counter.ts';
import type { Answer } from './answer.ts';
import type { RequestBody, RouteTraits } from './route-entry.ts';

/** A Function URL event as it leaves the stack's middlewares. */
export type HttpEvent = Omit<LambdaFunctionURLEvent, 'body'> & {
  /** The parsed body; null where there is none. */
  body: unknown;
  /** performance.now() when the stack took the request. */
  receivedAt: number;
  /** The client's address: the one that trusted proxies forward, or the connection's. */
  address: string;
  /** The answer to a browser's preflight, which carries no credentials. */
  preflight?: Answer;
  route?: Route;
  /** Once known; public routes have none. */
  caller?: Caller;
  /** Of the limit with least left. */
  allowance?: Allowance;
};

/** The platform's context; a host that knows when the client leaves adds a signal for it. */
export type HttpContext = Context & { readonly clientSignal?: AbortSignal };

/** A route that is served. */
export type Route = RouteTraits & {
  /** How the body of a POST, PUT or PATCH is written; JSON when absent. `form` takes both. */
  readonly body?: RequestBody['format'];
  readonly handler: (event: HttpEvent, context: HttpContext) => Answer | Promise<Answer>;
};

export type Middleware = MiddlewareObj<HttpEvent, Answer, Error, HttpContext>;

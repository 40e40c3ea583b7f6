import type { MiddlewareObj } from '@middy/core';
import type { Context, LambdaFunctionURLEvent } from 'aws-lambda';
import type { Caller } from '#lib/identity/caller.ts';
import type { KeyWatch } from '#lib/identity/keys/key-watch.ts';
import type { Allowance } from '#lib/identity/limits/counter.ts';
import type { Answer } from './answer.ts';
import type { LargeBody, RequestBody, RouteTraits } from './route-entry.ts';

/** A Function URL event after the stack's middlewares. */
export type HttpEvent = Omit<LambdaFunctionURLEvent, 'body'> & {
  /** The parsed body; null without one. */
  body: unknown;
  /** Whether the body was read, and validated, in a thread of its own. */
  isBodyValid?: boolean;
  /** performance.now() when the stack received the request. */
  receivedAt: number;
  /** The client's address: the one that trusted proxies forward, else the connection's. */
  address: string;
  /** The response to a browser's preflight request, which has no credentials. */
  preflight?: Answer;
  route?: Route;
  /** Set by authentication; undefined on public routes. */
  caller?: Caller;
  /** The signal is aborted with an AppError when the caller's API key ends before the response does. */
  keyEnded?: ReturnType<KeyWatch['watch']>;
  /** The allowance of the limit with the least left. */
  allowance?: Allowance;
};

/** The platform's context. A host that notices when the client disconnects adds a signal for it. */
export type HttpContext = Context & { readonly clientSignal?: AbortSignal };

/** A route with its handler. */
export type Route = RouteTraits & {
  /** Format of the body of a POST, PUT or PATCH; JSON when absent. `form` accepts both; with `none`, it is not read. */
  readonly body?: RequestBody['format'] | 'none';
  readonly large?: LargeBody | undefined;
  readonly handler: (event: HttpEvent, context: HttpContext) => Answer | Promise<Answer>;
};

export type Middleware = MiddlewareObj<HttpEvent, Answer, Error, HttpContext>;

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
  /** Where the request comes from: the address that trusted proxies forward, or the connection's. */
  address: string;
  /** The answer to a browser's preflight, which carries no credentials. */
  preflight?: Answer;
  /** The route that serves it. */
  route?: RouteTraits & { readonly body?: RequestBody['format'] };
  /** Once known; public routes have none. */
  caller?: Caller;
  /** What is left of the limit that is nearest. */
  allowance?: Allowance;
};

/** The platform's context; a host that can tell adds a signal that fires when the client has left. */
export type HttpContext = Context & { readonly clientSignal?: AbortSignal };

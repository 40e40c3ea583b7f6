import type { Context, LambdaFunctionURLEvent } from 'aws-lambda';
import type { Caller } from '#lib/identity/caller.ts';

/** A Function URL event as it comes out of the stack's middlewares. */
export type HttpEvent = Omit<LambdaFunctionURLEvent, 'body'> & {
  /** The parsed JSON body; null where there is none. */
  body: unknown;
  /** performance.now() when the stack took the request. */
  receivedAt: number;
  /** Who asks, once that is known; routes that ask for no scope may have none. */
  caller?: Caller;
};

/** The platform's context; a host that can tell adds a signal that fires when the client has left. */
export type HttpContext = Context & { readonly clientSignal?: AbortSignal };

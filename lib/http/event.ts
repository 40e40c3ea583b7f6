import type { Context, LambdaFunctionURLEvent } from 'aws-lambda';

/** A Function URL event as it comes out of the stack's middlewares. */
export type HttpEvent = Omit<LambdaFunctionURLEvent, 'body'> & {
  /** The parsed JSON body; null where there is none. */
  body: unknown;
  /** performance.now() when the stack took the request. */
  receivedAt: number;
};

/** The platform's context; a host that can tell adds a signal that fires when the client has left. */
export type HttpContext = Context & { readonly clientSignal?: AbortSignal };

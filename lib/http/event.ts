import type { Context, LambdaFunctionURLEvent } from 'aws-lambda';
import type { Caller } from '#lib/identity/caller.ts';
import type { Usage } from '#lib/identity/limits/counter.ts';
import type { Answer } from './answer.ts';
import type { Route } from './route.ts';

/** A Function URL event as it comes out of the stack's middlewares. */
export type HttpEvent = Omit<LambdaFunctionURLEvent, 'body'> & {
  /** The parsed body; null where there is none. */
  body: unknown;
  /** performance.now() when the stack took the request. */
  receivedAt: number;
  /** Where the request comes from, behind the proxies that are trusted. */
  address: string;
  /** The answer, when a browser only asks whether it may ask: it does so without credentials. */
  preflight?: Answer;
  /** What serves it. */
  route?: Route;
  /** Who asks, once that is known; public routes have none. */
  caller?: Caller;
  /** How much is used of the limit that is nearest. */
  usage?: Usage;
};

/** The platform's context; a host that can tell adds a signal that fires when the client has left. */
export type HttpContext = Context & { readonly clientSignal?: AbortSignal };

import middy from '@middy/core';
import { executionModeStandard } from '@middy/core/executionModeStandard';
import { executionModeStreamifyResponse } from '@middy/core/executionModeStreamifyResponse';
import httpRouter from '@middy/http-router';
import { AppError } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import type { Answer } from './answer.ts';
import { browserAccess } from './browser-access.ts';
import { commonHeaders } from './common-headers.ts';
import { errorAnswer } from './error-answer.ts';
import type { HttpContext, HttpEvent } from './event.ts';
import { jsonBody } from './json-body.ts';
import { requestLog } from './request-log.ts';

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As in `/transcodes/{id}`. */
  readonly path: string;
  readonly handler: (event: HttpEvent, context: HttpContext) => Answer | Promise<Answer>;
};

export type StackOptions = {
  readonly log: Log;
  readonly maxBodyBytes: number;
  readonly corsOrigins: readonly string[];
};

/** How the platform takes a function's answer: whole, or as it is produced. */
export type InvokeMode = 'BUFFERED' | 'RESPONSE_STREAM';

const EXECUTION_MODES = { BUFFERED: executionModeStandard, RESPONSE_STREAM: executionModeStreamifyResponse };

/**
 * A function of some routes behind the middlewares every function has. What runs on the way out runs in reverse: the
 * error becomes an answer first, and is logged last.
 */
export function httpFunction(invokeMode: InvokeMode, routes: readonly Route[], options: StackOptions) {
  const { log, maxBodyBytes, corsOrigins } = options;
  return middy<HttpEvent, Answer, Error, HttpContext>({
    executionMode: EXECUTION_MODES[invokeMode],
    // The deadline is each use case's own, so that it can free what it holds.
    timeoutEarlyInMillis: 0,
  })
    .use([requestLog(log), commonHeaders(), browserAccess(corsOrigins), jsonBody(maxBodyBytes), errorAnswer()])
    .handler(router(routes));
}

/** The router's types know the events of all gateways, not that the stack's middlewares have shaped this one. */
function router(routes: readonly Route[]): Route['handler'] {
  return httpRouter({ routes: routes as never, notFoundResponse: refuseUnknown }) as unknown as Route['handler'];
}

function refuseUnknown({ method, path }: { method: string; path: string }): never {
  throw new AppError('NOT_FOUND', { method, path }, { message: `there is no ${method} ${path}` });
}

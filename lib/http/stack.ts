import middy from '@middy/core';
import { executionModeStandard } from '@middy/core/executionModeStandard';
import type { Authenticator } from '#lib/identity/authenticator.ts';
import type { KeyWatch } from '#lib/identity/keys/key-watch.ts';
import type { RateLimits } from '#lib/identity/limits/rate-limits.ts';
import type { Log } from '#lib/log.ts';
import type { Answer } from './answer.ts';
import type { HttpContext, HttpEvent, Route } from './event.ts';
import { authentication, authorization } from './middlewares/authentication.ts';
import { browserAccess } from './middlewares/browser-access.ts';
import { clientAddress } from './middlewares/client-address.ts';
import { commonHeaders } from './middlewares/common-headers.ts';
import { errorAnswer } from './middlewares/error-answer.ts';
import { errorPage } from './middlewares/error-page.ts';
import { keyLife } from './middlewares/key-life.ts';
import { localRequests, noWildcard, type OpenAccess } from './middlewares/local-requests.ts';
import { limitAddress, limitCaller } from './middlewares/rate-limit.ts';
import { type LargeBodies, requestBody } from './middlewares/request-body.ts';
import { requestLog } from './middlewares/request-log.ts';
import { callRoute, routing } from './middlewares/routing.ts';
import { streamedExecution } from './middlewares/streamed-execution.ts';

export type StackOptions = {
  readonly log: Log;
  readonly maxBodyBytes: number;
  /** Reads the bodies that are larger. Without it, no route accepts them. */
  readonly largeBodies?: LargeBodies | undefined;
  readonly corsOrigins: readonly string[];
  /** Networks (CIDR) of proxies whose `X-Forwarded-For` is trusted. */
  readonly trustedProxies: readonly string[];
  readonly authenticator: Authenticator;
  readonly rateLimits: RateLimits;
  /** Who may call while the service needs no credentials. */
  readonly openAccess: OpenAccess;
  readonly keyWatch: Pick<KeyWatch, 'watch'>;
  /** The path or URL of the API reference, which error pages link to. */
  readonly apiPage?: string | undefined;
  /** Awaited after each streamed response, for a platform that may then freeze the process. */
  readonly settle?: (() => Promise<void>) | undefined;
};

/** How the platform receives a function's response: whole, or while it is produced. */
export type InvokeMode = 'BUFFERED' | 'RESPONSE_STREAM';

/**
 * Creates a function from routes, with the middlewares that every function has. After the handler they run in reverse
 * order: first an error becomes a response, last it is logged.
 */
export function httpFunction(invokeMode: InvokeMode, routes: readonly Route[], options: StackOptions) {
  return middy<HttpEvent, Answer, Error, HttpContext>({
    executionMode: invokeMode === 'BUFFERED' ? executionModeStandard : streamedExecution(options.settle),
    // Each use case handles its own deadline, so that it can free its resources.
    timeoutEarlyInMillis: 0,
  })
    .use([
      clientAddress(options.trustedProxies),
      requestLog(options.log),
      commonHeaders(),
      noWildcard(options.openAccess),
      browserAccess(options.corsOrigins),
      routing(routes),
      localRequests(options.openAccess),
      limitAddress(options.rateLimits),
      authentication(options.authenticator),
      limitCaller(options.rateLimits),
      authorization(),
      keyLife(options.keyWatch),
      requestBody(options),
      errorPage(options.apiPage),
      errorAnswer(),
    ])
    .handler(callRoute);
}

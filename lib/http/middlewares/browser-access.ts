import cors from '@middy/http-cors';
import type { Answer } from '#lib/http/answer.ts';
import type { Middleware } from '#lib/http/event.ts';

/** Headers that scripts may read. */
const EXPOSED_HEADERS =
  'X-Request-Id, X-Transcode-Id, X-Source-Format, Cache-Status, X-Warnings, Idempotency-Replayed, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset';

/** Handles CORS, for requests with an `Origin` header only. Sets `event.preflight` for preflight requests. */
export function browserAccess(origins: readonly string[]): Middleware {
  const middleware = cors({
    origins: [...origins],
    exposeHeaders: EXPOSED_HEADERS,
    methods: 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
    headers: 'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Api-Key',
    disableBeforePreflightResponse: false,
  }) as Middleware;
  const forBrowsers = (step: Middleware['before']): NonNullable<Middleware['before']> => {
    return (request) => (request.event.headers['origin'] === undefined ? undefined : step?.(request));
  };
  return {
    before: forBrowsers(async (request) => {
      const preflight: unknown = await middleware.before?.(request);
      if (preflight !== undefined) request.event.preflight = preflight as Answer;
    }),
    after: forBrowsers(middleware.after),
    onError: forBrowsers(middleware.onError),
  };
}

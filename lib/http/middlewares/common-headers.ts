import type { Middleware } from '#lib/http/event.ts';

/** For browsers: responses load nothing, are not sniffed or framed, and other sites may play their audio. */
const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Half a year. Sent only for requests over TLS: otherwise browsers ignore it (RFC 6797, section 7.2). */
const TRANSPORT_SECURITY = { 'Strict-Transport-Security': 'max-age=15552000; includeSubDomains' } as const;

/** Adds the security headers and the request id that the logs use. */
export function commonHeaders(): Middleware {
  const add: NonNullable<Middleware['after']> = ({ event, context, response }) => {
    if (!response) return;
    // Pages have a Content-Security-Policy of their own.
    const own = { ...response.headers };
    Object.assign(
      response.headers,
      SECURITY_HEADERS,
      event.headers['x-forwarded-proto'] === 'https' ? TRANSPORT_SECURITY : undefined,
      own,
      { 'X-Request-Id': context.awsRequestId },
    );
  };
  return { after: add, onError: add };
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Milliseconds for a request's headers, and for the whole request. Responses have no time limit. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** How often both are checked. */
const CHECK_INTERVAL_MS = 5_000;
/** Longer than proxies keep idle connections (60 s), so that the proxy closes them. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Silence after which TCP probes the peer, to find connections that died without being closed. */
const TCP_PROBE_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** Creates an HTTP/1.1 server that limits the time of a request, but not of a response. */
export function createUrlServer(onRequest: (request: IncomingMessage, response: ServerResponse) => void): Server {
  return createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_PROBE_MS,
    },
    onRequest,
  );
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Milliseconds in which a request's headers, and the whole request, must have come. Answers may take any time. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** How often both are checked. */
const CHECK_INTERVAL_MS = 5_000;
/** Longer than what proxies keep their idle connections for (60 s), so that it is the proxy who closes. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** After so long in silence a peer is probed, so that a connection which died unseen is found. */
const TCP_PROBE_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** An HTTP/1.1 server that bounds what a client may keep it waiting for, and never what it may keep a client waiting for. */
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

import { addAbortListener } from 'node:events';
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#lib/errors.ts';
import type { AddressPolicy } from './address-policy.ts';
import type { ResolvedAddress } from './resolved-address.ts';
import type { Resolve, ResolveOptions } from './resolver.ts';

export type GuardedHttpOptions = {
  readonly policy: AddressPolicy;
  readonly resolve: Resolve;
  /** Longest time to resolve the name, connect and agree on a key. */
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** Whether connections are kept for further requests; true when absent. */
  readonly keepAlive?: boolean;
};

export type GuardedGet = ResolveOptions & { readonly headers: Readonly<Record<string, string>> };
export type GuardedPost = GuardedGet & { readonly body: string };
export type GuardedPut = GuardedGet & { readonly body: Readable };

/** HTTP/1.1 that connects only to addresses the policy allows. */
export type GuardedHttp = {
  /**
   * Sends a GET, without following redirects. Resolves with the head of the response; the caller must read or destroy
   * it. The signal also ends the body. Rejects with SOURCE_FORBIDDEN, the signal's reason, or the error of the
   * connection.
   */
  get(url: URL, options: GuardedGet): Promise<IncomingMessage>;
  /** Sends a POST, in the same way. */
  post(url: URL, options: GuardedPost): Promise<IncomingMessage>;
  /** Sends a PUT, in the same way. The time for the response counts from the last bytes of the body that were taken. */
  put(url: URL, options: GuardedPut): Promise<IncomingMessage>;
  /** Ends all connections. */
  close(): void;
};

/** Idle connections are kept for a short time, because file descriptors are limited. */
const POOL = { maxFreeSockets: 64, timeout: 10_000 } as const;

/**
 * A name is resolved once, and the connection uses the addresses that were checked, which prevents DNS rebinding. It
 * is refused if any of its addresses is.
 */
export function createGuardedHttp(options: GuardedHttpOptions): GuardedHttp {
  const { policy, connectTimeoutMs, headersTimeoutMs, keepAlive = true } = options;
  const httpAgent = new HttpAgent({ ...POOL, keepAlive });
  const httpsAgent = new HttpsAgent({ ...POOL, keepAlive });

  function prepare(url: URL, { method, headers, lookup }: Prepared): ClientRequest {
    const target = { method, host: hostOf(url), port: portOf(url), path: url.pathname + url.search };
    const common = { ...target, headers: { host: url.host, ...headers }, lookup, autoSelectFamily: true };
    return url.protocol === 'https:'
      ? requestHttps({ ...common, agent: httpsAgent })
      : requestHttp({ ...common, agent: httpAgent });
  }

  async function send(method: 'GET' | 'POST' | 'PUT', url: URL, { headers, body, subject, signal }: Sent) {
    signal.throwIfAborted();
    // Node does not look up literal addresses, so the check in the lookup does not cover them.
    if (isIP(hostOf(url)) !== 0 && !policy.allows(hostOf(url), portOf(url))) throw forbidden();
    const opening = new AbortController();
    using _ = addAbortListener(signal, () => opening.abort(signal.reason));
    const lookup = guardedLookup(portOf(url), options, { subject, signal: opening.signal });
    const request = prepare(url, { method, headers, lookup });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    opening.signal.addEventListener('abort', () => request.destroy(opening.signal.reason));
    // After the response, the body reports the failures of the connection.
    request.on('response', resolve).on('error', reject);
    using limits = limited(request, opening, { connectTimeoutMs, headersTimeoutMs });
    if (typeof body === 'object') sendBody(body.on('data', limits.restart), request);
    else request.end(body);
    const response = await promise;
    endWith(response, signal);
    return response;
  }

  return {
    get: (url, sent) => send('GET', url, sent),
    post: (url, sent) => send('POST', url, sent),
    put: (url, sent) => send('PUT', url, sent),
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

type Sent = GuardedGet & { readonly body?: string | Readable };
type Prepared = Pick<GuardedGet, 'headers'> & { readonly method: string; readonly lookup: LookupFunction };
type Limits = Pick<GuardedHttpOptions, 'connectTimeoutMs' | 'headersTimeoutMs'>;

/** A failure of either ends both. The request then reports it. */
function sendBody(body: Readable, request: ClientRequest): void {
  pipeline(body, request).catch((error: unknown) => request.destroy(error instanceof Error ? error : undefined));
}

/** Aborts a request that takes too long to connect, and then to respond, until disposed of. */
function limited(request: ClientRequest, opening: AbortController, limits: Limits) {
  let timer = setTimeout(() => opening.abort(late('CONNECT_TIMEOUT')), limits.connectTimeoutMs);
  const connected = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => opening.abort(late('HEADERS_TIMEOUT')), limits.headersTimeoutMs);
  };
  request.once('socket', (socket: Socket) => {
    if (request.reusedSocket) connected();
    else socket.once(request.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
  });
  return { restart: () => void timer.refresh(), [Symbol.dispose]: () => clearTimeout(timer) };
}

function endWith(response: IncomingMessage, signal: AbortSignal): void {
  const listener = addAbortListener(signal, () => response.destroy(signal.reason));
  response.once('close', () => listener[Symbol.dispose]());
}

function guardedLookup(port: number, guard: GuardedHttpOptions, options: ResolveOptions): LookupFunction {
  async function checked(hostname: string): Promise<[ResolvedAddress, ...ResolvedAddress[]]> {
    const [first, ...others] = await guard.resolve(hostname, options);
    if (!first) throw nameless(hostname);
    if (![first, ...others].every(({ address }) => guard.policy.allows(address, port))) throw forbidden();
    return [first, ...others];
  }

  return (hostname, { all }, callback) => {
    checked(hostname).then(
      (addresses) => (all ? callback(null, addresses) : callback(null, addresses[0].address, addresses[0].family)),
      (error) => callback(error, []),
    );
  };
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

function portOf({ port, protocol }: URL): number {
  return Number(port) || (DEFAULT_PORTS[protocol] ?? 0);
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function forbidden(): AppError {
  const message =
    'the address or the port of the source is not allowed: only public servers on ports 80, 443 and 8000–8999, and what SOURCE_ALLOWED_NETWORKS and SOURCE_ALLOWED_PORTS list';
  return new AppError('SOURCE_FORBIDDEN', {}, { message });
}

function nameless(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address for ${hostname}`), { code: 'ENOTFOUND' });
}

function late(code: 'CONNECT_TIMEOUT' | 'HEADERS_TIMEOUT'): NodeJS.ErrnoException {
  return Object.assign(new Error('timeout'), { code });
}

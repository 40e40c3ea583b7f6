import { ConstantBackoff, handleWhen, retry as retryPolicy } from 'cockatiel';
import { PATHS, type Resource, type RoutePath } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import { boundedText } from './bounded-text.ts';
import { type Credentials, credentialHeaders } from './credentials.ts';
import { errorOf, errorOfText, notTheService } from './error-response.ts';
import type { FunctionName } from './function-urls.ts';

export type ServiceCallsOptions<Name extends Resource = FunctionName> = {
  /** The URL of each function. */
  readonly urls: Readonly<Record<Name, string>>;
  readonly credentials: Credentials | undefined;
  /** Longest wait for a response that is not a stream, ms. */
  readonly timeoutMs: number;
  readonly retry: Retry;
};

/** Retries of a request whose connection was closed before the response, as happens with kept-alive connections. */
export type Retry = { readonly attempts: number; readonly delayMs: number };

export type Call = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Default: the function's own path. */
  readonly path?: RoutePath;
  /** Replaces `{id}` in the path. */
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Another status that counts as success. */
  readonly alsoStatus?: number;
};

/** Sends requests to the service. Throws the service's error as an AppError, or UNAVAILABLE `{part: 'service'}`. */
export type ServiceCalls<Name extends Resource = FunctionName> = {
  /** Resolves with the head of a successful response; the caller reads its body. */
  open(name: Name, call: Call): Promise<Response>;
  /** Resolves with the parsed body; undefined when it is empty. */
  request<T>(name: Name, call?: Call): Promise<T>;
};

export function createServiceCalls<Name extends Resource = FunctionName>({
  urls,
  credentials,
  timeoutMs,
  retry,
}: ServiceCallsOptions<Name>): ServiceCalls<Name> {
  const again = retryPolicy(handleWhen(isReset), {
    maxAttempts: retry.attempts,
    backoff: new ConstantBackoff(retry.delayMs),
  });

  async function send(name: Name, { method = 'GET', body, signal, headers: given, ...call }: Call): Promise<Response> {
    const headers = {
      ...(await credentialHeaders(credentials)),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...given,
    };
    const request: RequestInit = { method, headers, redirect: 'error' };
    if (body !== undefined) request.body = JSON.stringify(body);
    if (signal !== undefined) request.signal = signal;
    const once = async () =>
      await fetch(urls[name] + targetOf(call, PATHS[name].own), request).catch((error: unknown) => {
        if (signal?.aborted) throw signal.reason;
        throw unreachable(error);
      });
    return await again.execute(once, signal);
  }

  return {
    async open(name, call) {
      const response = await send(name, call);
      if (!response.ok) throw await errorOf(response);
      return response;
    },
    async request(name, call = {}) {
      const timeout = AbortSignal.timeout(call.timeoutMs ?? timeoutMs);
      const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
      try {
        const response = await send(name, { ...call, signal });
        const text = await boundedText(response);
        if (!response.ok && response.status !== call.alsoStatus) throw errorOfText(response, text);
        return parsed(text);
      } catch (error) {
        if (error instanceof AppError || call.signal?.aborted) throw error;
        throw unreachable(error);
      }
    },
  };
}

/** Returns the path and query below the URL of a function, which ends with the function's own path. */
function targetOf({ path, id = '', query = {} }: Call, own: RoutePath): string {
  const below = path?.slice(own.length).replace('{id}', encodeURIComponent(id)) ?? '';
  const fields = new URLSearchParams(query);
  return fields.size === 0 ? below : `${below}?${fields}`;
}

function parsed<T>(text: string): T {
  try {
    return text === '' ? (undefined as T) : JSON.parse(text);
  } catch (cause) {
    throw notTheService(cause);
  }
}

function unreachable(cause: unknown): AppError {
  const details = { part: 'service', reason: reasonOf(cause) };
  return new AppError('UNAVAILABLE', details, { message: `the service cannot be reached (${details.reason})`, cause });
}

/** Error codes of a connection that was closed without a response. */
const RESETS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function isReset(error: unknown): boolean {
  return error instanceof AppError && RESETS.has(error.details['reason']);
}

/** Returns the system's error code if there is one, or else the message. */
function reasonOf(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    if (current.name === 'TimeoutError') return 'timeout';
  }
  return error instanceof Error ? error.message : String(error);
}

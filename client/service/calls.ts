import { ConstantBackoff, handleWhen, retry as retryPolicy } from 'cockatiel';
import { PATHS, type Resource, type RoutePath } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import { type Credentials, credentialHeaders } from './credentials.ts';
import { errorOf, errorOfText } from './error-response.ts';
import type { FunctionName } from './function-urls.ts';

export type ServiceCallsOptions<Name extends Resource = FunctionName> = {
  /** Of each function. */
  readonly urls: Readonly<Record<Name, string>>;
  readonly credentials: Credentials | undefined;
  /** Longest wait for an answer that is no stream, ms. */
  readonly timeoutMs: number;
  readonly retry: Retry;
};

/** Of a request whose connection broke before there was an answer, as one does that had been kept open for too long. */
export type Retry = { readonly attempts: number; readonly delayMs: number };

export type Call = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The function's own when absent. */
  readonly path?: RoutePath;
  /** Replaces `{id}` in the path. */
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** A further status that is no error. */
  readonly alsoStatus?: number;
};

/** Sends requests to the service. Throws AppErrors: the service's own, or UNAVAILABLE `{part: 'service'}`. */
export type ServiceCalls<Name extends Resource = FunctionName> = {
  /** Resolves with the head of a successful response; the caller reads its body. */
  open(name: Name, call: Call): Promise<Response>;
  /** Resolves with the whole body, parsed; undefined when it is empty. */
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

  async function send(name: Name, { method = 'GET', body, signal, ...call }: Call): Promise<Response> {
    const headers = {
      ...(await credentialHeaders(credentials)),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
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
        const text = await response.text();
        if (!response.ok && response.status !== call.alsoStatus) throw errorOfText(response, text);
        return text === '' ? undefined : JSON.parse(text);
      } catch (error) {
        if (error instanceof AppError || call.signal?.aborted) throw error;
        throw unreachable(error);
      }
    },
  };
}

/** What follows the URL of a function, which ends with its own path. */
function targetOf({ path, id = '', query = {} }: Call, own: RoutePath): string {
  const below = path?.slice(own.length).replace('{id}', encodeURIComponent(id)) ?? '';
  const fields = new URLSearchParams(query);
  return fields.size === 0 ? below : `${below}?${fields}`;
}

function unreachable(cause: unknown): AppError {
  const details = { part: 'service', reason: reasonOf(cause) };
  return new AppError('UNAVAILABLE', details, { message: `the service cannot be reached (${details.reason})`, cause });
}

/** The connection ended without a response. */
const RESETS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function isReset(error: unknown): boolean {
  return error instanceof AppError && RESETS.has(error.details['reason']);
}

/** The system's error code, where there is one. */
function reasonOf(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    if (current.name === 'TimeoutError') return 'timeout';
  }
  return error instanceof Error ? error.message : String(error);
}

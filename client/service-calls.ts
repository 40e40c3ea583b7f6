import { ConstantBackoff, handleWhen, retry as retryPolicy } from 'cockatiel';
import { PATHS, type Resource, type RoutePath } from '#lib/api/paths.ts';
import { AppError, ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';

/** The functions that are called, and their paths below one base URL. */
export const FUNCTION_PATHS = {
  transcode: PATHS.transcode.own,
  transcodes: PATHS.transcodes.own,
  health: PATHS.health.own,
} as const;
export type FunctionName = keyof typeof FUNCTION_PATHS;

/** What proves who calls: an API key, or a token, which may have to be fetched anew. */
export type Credentials = { readonly apiKey: string } | { readonly token: string | (() => string | Promise<string>) };

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
  /** What stands for `{id}` in the path. */
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** A status that is an answer too, besides those of success. */
  readonly alsoStatus?: number;
};

/** Requests to the service. What goes wrong is an AppError: the service's own, or UNAVAILABLE `{part: 'service'}`. */
export type ServiceCalls<Name extends Resource = FunctionName> = {
  /** Resolves with the head of an answer that succeeds; its body is the caller's. */
  open(name: Name, call: Call): Promise<Response>;
  /** Resolves with the whole answer, parsed; undefined when there is none. */
  ask<T>(name: Name, call?: Call): Promise<T>;
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
    async ask(name, call = {}) {
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

async function credentialHeaders(credentials: Credentials | undefined): Promise<Record<string, string>> {
  if (credentials === undefined) return {};
  if ('apiKey' in credentials) return { 'x-api-key': checked(credentials.apiKey) };
  const { token } = credentials;
  return { authorization: `Bearer ${checked(typeof token === 'string' ? token : await token())}` };
}

/** Whether a key or token can be sent: visible ASCII characters and blanks. */
export function fitsHeader(secret: string): boolean {
  return /^[\x20-\x7e]*$/.test(secret);
}

/** Without what surrounds it, as `fetch` sends it, which would repeat in its error what it cannot send. */
function checked(secret: string): string {
  const sent = secret.trim();
  if (fitsHeader(sent)) return sent;
  const message = 'the key or token has a line break, or another character that no header can have';
  throw new AppError('UNAUTHENTICATED', { part: 'client' }, { message });
}

/** Longest error body that is read, bytes, and longest time for it, ms. */
const LONGEST_ERROR = 65_536;
const ERROR_BODY_MS = 1_000;

async function errorOf(response: Response): Promise<AppError> {
  const reader = response.body?.getReader();
  const cancel = (): void => void reader?.cancel().catch(() => undefined);
  const over = setTimeout(cancel, ERROR_BODY_MS);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (reader !== undefined && length <= LONGEST_ERROR) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      length += value.length;
    }
  } catch {
    // What came of it may still be enough.
  } finally {
    clearTimeout(over);
    cancel();
  }
  return errorOfText(response, Buffer.concat(chunks).toString('utf8'));
}

/** What the status alone tells, of an answer that is not the service's own: a proxy's, or the platform's. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  429: 'OVERLOADED',
  503: 'OVERLOADED',
  504: 'TIMEOUT',
};

function errorOfText({ status, headers }: Response, text: string): AppError {
  const retryAfter = Number(headers.get('retry-after') ?? Number.NaN);
  const hint = Number.isFinite(retryAfter) ? { retry_after_seconds: retryAfter } : {};
  const body = parsed(text);
  if (isErrorBody(body)) {
    const { code, message, details, recoverable } = body;
    return new AppError(code, { ...details, ...hint }, { message, recoverable });
  }
  const code = CODE_OF_STATUS[status] ?? 'UNAVAILABLE';
  return new AppError(code, { part: 'service', status, ...hint }, { message: `the service answered ${status}` });
}

type ErrorBody = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Record<string, unknown>;
  readonly recoverable: boolean;
};

function isErrorBody(body: unknown): body is ErrorBody {
  const code = (body as ErrorBody | undefined)?.code;
  if (typeof code !== 'string' || !Object.hasOwn(ERROR_CATALOGUE, code)) return false;
  return typeof (body as ErrorBody).message === 'string';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(cause: unknown): AppError {
  const details = { part: 'service', reason: reasonOf(cause) };
  return new AppError('UNAVAILABLE', details, { message: `the service cannot be reached (${details.reason})`, cause });
}

/** Nobody has refused, and nothing was said. */
const RESETS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function isReset(error: unknown): boolean {
  return error instanceof AppError && RESETS.has(error.details['reason']);
}

/** The system's name of what went wrong, where there is one. */
function reasonOf(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    if (current.name === 'TimeoutError') return 'timeout';
  }
  return error instanceof Error ? error.message : String(error);
}

import { AppError, ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';

/** Limits for reading an error body: bytes, and ms. */
const LONGEST_ERROR = 65_536;
const ERROR_BODY_MS = 1_000;

/** Returns the error of a response, from as much of the body as arrives within the limits. Never rejects. */
export async function errorOf(response: Response): Promise<AppError> {
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
    // The part that was read may be enough.
  } finally {
    clearTimeout(over);
    cancel();
  }
  return errorOfText(response, Buffer.concat(chunks).toString('utf8'));
}

/** Codes for responses that do not come from the service itself but from a proxy or the platform. */
export const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  429: 'OVERLOADED',
  503: 'OVERLOADED',
  504: 'TIMEOUT',
};

/** Returns the error in the body, or an error for the status. */
export function errorOfText({ status, headers }: Response, text: string): AppError {
  const retryAfter = Number(headers.get('retry-after') ?? Number.NaN);
  const hint = Number.isFinite(retryAfter) ? { retry_after_seconds: retryAfter } : {};
  const body = parsed(text);
  if (isErrorBody(body)) {
    const { code, message, details, recoverable } = body;
    return new AppError(code, { ...details, ...hint }, { message, recoverable });
  }
  const code = CODE_OF_STATUS[status] ?? 'UNAVAILABLE';
  const message = `the service responded with status ${status}`;
  return new AppError(code, { part: 'service', status, ...hint }, { message });
}

/** The error for a response that cannot come from the service. */
export function notTheService(cause?: unknown): AppError {
  const details = { part: 'service', reason: 'garbage' };
  return new AppError('UNAVAILABLE', details, { message: 'the response is not from the service', cause });
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

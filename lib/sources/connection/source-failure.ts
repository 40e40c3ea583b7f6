import { AppError, type ErrorCode } from '#lib/errors.ts';

/** The error for a failed connection, by the `code` of the cause. Any other code is DOWNLOAD_FAILED. */
const FAILURES: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  CONNECT_TIMEOUT: { code: 'TIMEOUT', message: 'the source did not accept a connection in time' },
  ETIMEDOUT: { code: 'TIMEOUT', message: 'the source did not accept a connection in time' },
  HEADERS_TIMEOUT: { code: 'TIMEOUT', message: 'the source did not respond in time' },
  DNS_TIMEOUT: { code: 'TIMEOUT', message: "no name server answered for the source's host name in time" },
  ENOTFOUND: { code: 'DOWNLOAD_FAILED', message: "the source's host name cannot be resolved" },
  EAI_AGAIN: { code: 'DOWNLOAD_FAILED', message: "the source's host name cannot be resolved at the moment" },
  ECONNREFUSED: { code: 'DOWNLOAD_FAILED', message: 'the source refused the connection' },
  ECONNRESET: { code: 'DOWNLOAD_FAILED', message: 'the source reset the connection' },
  EPIPE: { code: 'DOWNLOAD_FAILED', message: 'the source reset the connection' },
};

const RESETS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

/** Returns the AppError for a connection error; an AppError is returned as is. `details.reason` is the error's code. */
export function sourceFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const reason = codeOf(error);
  const { code = 'DOWNLOAD_FAILED', ...failure } = FAILURES[reason ?? ''] ?? {};
  return new AppError(code, reason === undefined ? {} : { reason }, { ...failure, cause: error });
}

/** Returns whether an established connection was cut, by the source or in between. */
export function isReset(error: unknown): boolean {
  return RESETS.has(codeOf(error));
}

const PASSING_CLIENT_ERRORS: ReadonlySet<number> = new Set([408, 425, 429]);

/** Returns DOWNLOAD_FAILED for a response with this HTTP status. */
export function statusFailure(status: number): AppError {
  const recoverable = status >= 500 || PASSING_CLIENT_ERRORS.has(status);
  const message = `the source responded with HTTP status ${status}`;
  return new AppError('DOWNLOAD_FAILED', { status }, { message, recoverable });
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

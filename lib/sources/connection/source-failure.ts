import { AppError, type ErrorCode } from '#lib/errors.ts';

/** What a failing connection means to the caller, by its `code`; what is not listed is DOWNLOAD_FAILED. */
const FAILURES: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  UND_ERR_CONNECT_TIMEOUT: { code: 'TIMEOUT', message: 'the source did not accept a connection in time' },
  ETIMEDOUT: { code: 'TIMEOUT', message: 'the source did not accept a connection in time' },
  UND_ERR_HEADERS_TIMEOUT: { code: 'TIMEOUT', message: 'the source did not answer in time' },
  ENOTFOUND: { code: 'DOWNLOAD_FAILED', message: "the source's host name does not resolve" },
  EAI_AGAIN: { code: 'DOWNLOAD_FAILED', message: "the source's host name does not resolve at present" },
  ECONNREFUSED: { code: 'DOWNLOAD_FAILED', message: 'the source refuses the connection' },
  ECONNRESET: { code: 'DOWNLOAD_FAILED', message: 'the source reset the connection' },
  EPIPE: { code: 'DOWNLOAD_FAILED', message: 'the source reset the connection' },
  UND_ERR_SOCKET: { code: 'DOWNLOAD_FAILED', message: 'the source closed the connection' },
};

const RESETS: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** The AppError for what a connection failed with; an AppError stays what it is. `details.reason` is the error's code. */
export function sourceFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const reason = codeOf(error);
  const { code = 'DOWNLOAD_FAILED', ...failure } = FAILURES[reason ?? ''] ?? {};
  return new AppError(code, reason === undefined ? {} : { reason }, { ...failure, cause: error });
}

/** Whether the source, or something on the way, cut a connection that stood. */
export function isReset(error: unknown): boolean {
  return RESETS.has(codeOf(error));
}

const PASSING_CLIENT_ERRORS: ReadonlySet<number> = new Set([408, 425, 429]);

/** DOWNLOAD_FAILED for an answer with this HTTP status. */
export function statusFailure(status: number): AppError {
  const recoverable = status >= 500 || PASSING_CLIENT_ERRORS.has(status);
  return new AppError('DOWNLOAD_FAILED', { status }, { message: `the source answered with ${status}`, recoverable });
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

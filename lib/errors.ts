/**
 * The error catalogue: every error code of the service, its HTTP status, and whether the same request may succeed
 * later. `docs/reference/errors.md` documents the same list; a test compares the two.
 */
export const ERROR_CATALOGUE = {
  INVALID_JSON: { status: 400, recoverable: false, message: 'the request body is not valid JSON' },
  INVALID_URL: { status: 400, recoverable: false, message: 'the source is not an http, https or s3 URL' },
  SOURCE_FORBIDDEN: { status: 403, recoverable: false, message: 'this source is not allowed' },
  VALIDATION_ERROR: { status: 422, recoverable: false, message: 'a field is missing, unknown or out of range' },
  FILTER_INVALID: { status: 422, recoverable: false, message: 'a filter value is out of range' },
  UNAUTHENTICATED: { status: 401, recoverable: false, message: 'credentials are missing or not valid' },
  FORBIDDEN: { status: 403, recoverable: false, message: 'these credentials do not permit this request' },
  NOT_FOUND: { status: 404, recoverable: false, message: 'not found' },
  CONFLICT: { status: 409, recoverable: false, message: 'not possible in the current state' },
  PAYLOAD_TOO_LARGE: { status: 413, recoverable: false, message: 'the request or its source exceeds its size limit' },
  UNSUPPORTED_FORMAT: { status: 415, recoverable: false, message: 'the source is not media of a supported format' },
  SOURCE_DAMAGED: { status: 422, recoverable: false, message: 'an input is damaged or incomplete' },
  LIMIT_EXCEEDED: { status: 422, recoverable: false, message: 'a limit is exceeded' },
  CAPABILITY_MISSING: {
    status: 422,
    recoverable: false,
    message: 'this ffmpeg lacks something that the request needs',
  },
  DOWNLOAD_FAILED: { status: 502, recoverable: true, message: 'the source could not be read' },
  FFMPEG_ERROR: { status: 502, recoverable: false, message: 'ffmpeg failed' },
  TIMEOUT: { status: 504, recoverable: true, message: 'no progress before the timeout' },
  RATE_LIMITED: { status: 429, recoverable: true, message: 'too many requests from this caller' },
  OVERLOADED: { status: 503, recoverable: true, message: 'the service has no capacity for this request' },
  RUNNER_LOST: { status: 503, recoverable: true, message: 'runners died too often while they ran this job' },
  UNAVAILABLE: { status: 503, recoverable: true, message: 'a component that this request needs is unavailable' },
  INTERNAL_ERROR: { status: 500, recoverable: false, message: 'internal error in the service' },
} as const satisfies Record<string, { status: number; recoverable: boolean; message: string }>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

export type ErrorDetails = Readonly<Record<string, unknown>>;

type AppErrorOptions = {
  /** Description for people; the catalogue's message when absent. */
  readonly message?: string;
  /** Overrides the catalogue where more is known, such as for a source that returned 404. */
  readonly recoverable?: boolean;
  readonly cause?: unknown;
};

/** An error that is sent to the caller. `details` is sent unchanged, so it must not contain secrets. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly recoverable: boolean;

  constructor(code: ErrorCode, details: ErrorDetails = {}, { message, recoverable, cause }: AppErrorOptions = {}) {
    super(message ?? ERROR_CATALOGUE[code].message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
    this.recoverable = recoverable ?? ERROR_CATALOGUE[code].recoverable;
  }

  get status(): number {
    return ERROR_CATALOGUE[this.code].status;
  }
}

/** Returns the AppError in `error` or among its causes, else an INTERNAL_ERROR with `error` as its cause. */
export function toAppError(error: unknown): AppError {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof AppError) return current;
  }
  return new AppError('INTERNAL_ERROR', {}, { cause: error });
}

/** Returns the error for a part that this service was started without. Trying again does not help. */
export function notConfigured(part: string, message: string): AppError {
  return new AppError('UNAVAILABLE', { part }, { message, recoverable: false });
}

/** Returns whether the error reports an unavailable component. */
export function isUnavailable(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'UNAVAILABLE';
}

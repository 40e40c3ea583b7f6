import { AppError, type ErrorDetails, toAppError } from '#lib/errors.ts';

/** Returns the error with these details added. What it names already stays. */
export function located(error: unknown, details: ErrorDetails, prefix = ''): AppError {
  const found = toAppError(error);
  return new AppError(
    found.code,
    { ...details, ...found.details },
    { message: `${prefix}${found.message}`, recoverable: found.recoverable, cause: error },
  );
}

/** The error for a disk that is full, or would be. It may have room later, or another machine's. */
export function diskFull(details: ErrorDetails, cause?: unknown): AppError {
  const message = 'the disk of the runner has too little room for this job';
  return new AppError('OVERLOADED', { reason: 'disk', ...details }, { message, recoverable: true, cause });
}

const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/** Returns whether an error, or one of its causes, reports a full disk. */
export function isDiskFull(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && FULL.has(current.code)) return true;
  }
  return false;
}

type InputFailure = { readonly details: ErrorDetails; readonly prefix: string; readonly inputBytes: number };

/** Returns the error of an input that could not be opened or read. One that is too large is LIMIT_EXCEEDED. */
export function inputFailure(error: unknown, { details, prefix, inputBytes }: InputFailure): AppError {
  const found = toAppError(error);
  if (found.code !== 'PAYLOAD_TOO_LARGE') return located(error, details, prefix);
  const { size_bytes: size } = found.details;
  return overLimit('input_bytes', typeof size === 'number' ? size : inputBytes + 1, inputBytes, details);
}

/** Returns LIMIT_EXCEEDED. Whatever was over the limit would be again. */
export function overLimit(limit: string, value: number, max: number, details: ErrorDetails = {}): AppError {
  const message = `${limit.replaceAll('_', ' ')}: ${value} is over the limit of ${max}`;
  return new AppError('LIMIT_EXCEEDED', { limit, value, max, ...details }, { message });
}

import { AppError, type ErrorCode } from '#lib/errors.ts';

/** Where in the request something stands. */
export type Place = { readonly field: string; readonly input?: string | undefined; readonly step?: number | undefined };

/** Returns the error for what only the files show. It is never retried. */
export function refusal(place: Place, message: string, more: Refusal = {}): AppError {
  const { code = 'VALIDATION_ERROR', ...details } = more;
  const { field, input, step } = place;
  const where = { field, ...(input !== undefined && { input }), ...(step !== undefined && { step }) };
  return new AppError(code, { ...where, ...details, phase: 'probing' }, { message, recoverable: false });
}

type Refusal = { readonly code?: ErrorCode; readonly value?: unknown; readonly at_seconds?: number };

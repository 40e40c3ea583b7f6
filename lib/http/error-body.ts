import { z } from 'zod';
import { type AppError, ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';

/** The body of every error answer. */
export const ERROR_BODY = z.strictObject({
  code: z.enum(Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  recoverable: z.boolean().meta({ description: 'Whether the same request may succeed later.' }),
  request_id: z.string(),
});

export function errorBody(error: AppError, requestId: string): z.output<typeof ERROR_BODY> {
  const { code, message, details, recoverable } = error;
  return { code, message, details, recoverable, request_id: requestId };
}

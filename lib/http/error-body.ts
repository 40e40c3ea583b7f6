import { z } from 'zod';
import type { AppError } from '#lib/errors.ts';
import { FAILURE, toFailure } from '#lib/work/record.ts';

/** The body of every error answer. */
export const ERROR_BODY = FAILURE.extend({ request_id: z.string() });

export function errorBody(error: AppError, requestId: string): z.output<typeof ERROR_BODY> {
  return { ...toFailure(error), request_id: requestId };
}

import { AppError } from '#lib/errors.ts';
import { FILTER_PATCH } from '#lib/playback/request.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import { validate } from '#lib/validation.ts';

/** Throws FILTER_INVALID for a change that is invalid for every stream. */
export function checkPatch(patch: FilterPatch): void {
  try {
    validate(FILTER_PATCH, patch);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError('FILTER_INVALID', error.details, { message: error.message, cause: error });
  }
}

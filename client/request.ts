import type { z } from 'zod';
import { AppError } from '#lib/errors.ts';
import { FILTER_PATCH, TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import type { FilterPatch, PlaybackSettings } from '#lib/playback/settings.ts';
import { validate } from '#lib/validation.ts';

/** What is asked for: the body of `POST /transcode`. What is absent has the service's default. */
export type TranscodeRequest = Readonly<z.input<typeof TRANSCODE_REQUEST>>;

/**
 * The request with the service's defaults filled in, checked as the service checks it. Throws VALIDATION_ERROR,
 * FILTER_INVALID, INVALID_URL.
 */
export function settingsOf(request: TranscodeRequest): PlaybackSettings & { readonly source_url: string } {
  const settings = validate(TRANSCODE_REQUEST, request);
  if (!URL.canParse(settings.source_url)) throw new AppError('INVALID_URL');
  return settings;
}

/** Throws FILTER_INVALID for a change that no stream could take. */
export function checkPatch(patch: FilterPatch): void {
  try {
    validate(FILTER_PATCH, patch);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError('FILTER_INVALID', error.details, { message: error.message, cause: error });
  }
}

import type { z } from 'zod';
import { AppError } from '#lib/errors.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import type { PlaybackSettings } from '#lib/playback/settings.ts';
import { validate } from '#lib/validation.ts';

/** The body of `POST /transcode`. Absent fields have the service's defaults. */
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

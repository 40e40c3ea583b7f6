import type { z } from 'zod';
import { AppError } from '#lib/errors.ts';
import { settingsOf, TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import type { PlaybackSettings } from '#lib/playback/settings.ts';
import { validate } from '#lib/validation.ts';

/** The body of `POST /transcode`. Absent fields have the defaults of the service. */
export type TranscodeRequest = Readonly<z.input<typeof TRANSCODE_REQUEST>>;

/**
 * Returns the settings of a request with the defaults of the service, validated as the service does. Throws
 * VALIDATION_ERROR, FILTER_INVALID or INVALID_URL.
 */
export function checkedSettings(request: TranscodeRequest): PlaybackSettings {
  const checked = validate(TRANSCODE_REQUEST, request);
  if (!URL.canParse(checked.source_url)) throw new AppError('INVALID_URL');
  return settingsOf(checked);
}

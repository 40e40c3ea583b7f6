import { type PlaybackSettings, profileOf } from '#lib/playback/settings.ts';
import { audioContentType } from '#lib/profiles/audio.ts';
import { notTheService } from '../service/error-response.ts';

/** Returns the transcode's id from a response. Throws UNAVAILABLE when the response is not the requested audio. */
export function transcodeIdOf({ headers }: Response, settings: PlaybackSettings): string {
  const id = headers.get('x-transcode-id') ?? '';
  const expected = audioContentType(profileOf(settings));
  if (id === '' || !isOfType(headers.get('content-type') ?? '', expected)) throw notTheService();
  return id;
}

/** Whether a media type is the expected one and has all expected parameters (RFC 9110, 8.3.1). */
function isOfType(mediaType: string, expected: string): boolean {
  const [type, ...parameters] = partsOf(mediaType);
  const [expectedType, ...expectedParameters] = partsOf(expected);
  return type === expectedType && expectedParameters.every((parameter) => parameters.includes(parameter));
}

function partsOf(mediaType: string): string[] {
  return mediaType.split(';').map((part) => part.trim().replaceAll('"', '').toLowerCase());
}

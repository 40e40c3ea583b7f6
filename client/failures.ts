import { AppError, type ErrorCode } from '#lib/errors.ts';
import type { Via } from './legs/leg.ts';

/** What is wrong with a request or its source, whoever is asked. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'INVALID_JSON',
  'INVALID_URL',
  'SOURCE_FORBIDDEN',
  'VALIDATION_ERROR',
  'FILTER_INVALID',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_FORMAT',
]);

/** Whether nobody could do better with this request. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return FINAL.has(error.code) || (error.code === 'DOWNLOAD_FAILED' && !error.recoverable);
}

const OF_THE_SOURCE: ReadonlySet<ErrorCode> = new Set([...FINAL, 'DOWNLOAD_FAILED', 'FFMPEG_ERROR']);

/** Whether it is the source that could not be played, whoever tried. */
export function isOfSource({ code }: AppError): boolean {
  return OF_THE_SOURCE.has(code);
}

/** Of all that went wrong, what tells most about the source. */
export function noProgress(failures: ReadonlyMap<Via, AppError>): AppError {
  const [service, fallback] = [failures.get('service'), failures.get('fallback')];
  const told = [service, fallback].find((error) => error !== undefined && isFinal(error));
  return told ?? fallback ?? service ?? new AppError('UNAVAILABLE', { part: 'service' });
}

/** Whether another might be faster. */
export function isSlow(error: unknown): boolean {
  return error instanceof AppError && error.code === 'TIMEOUT';
}

/** Whether who was asked may not be there any more. */
export function isGone(error: unknown): boolean {
  return !(error instanceof AppError) || error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT';
}

/** Of what ended properly, as it were, in the middle of a unit. */
export function truncated(part: Via): AppError {
  return new AppError('UNAVAILABLE', { part, reason: 'truncated' }, { message: `what the ${part} sent is cut off` });
}

export function stoppedElsewhere(): AppError {
  return new AppError('CONFLICT', { state: 'cancelled' }, { message: 'somebody has stopped the stream' });
}

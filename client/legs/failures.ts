import { AppError, type ErrorCode } from '#lib/errors.ts';
import type { Via } from './leg.ts';

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
export function isOfSource(error: AppError | undefined): boolean {
  return error !== undefined && OF_THE_SOURCE.has(error.code);
}

/** Of a source that only the service can read. */
export function notOpenable(): AppError {
  const message = 'the local ffmpeg opens http, https and file only (resolveSource)';
  return new AppError('UNAVAILABLE', { part: 'fallback', reason: 'source' }, { message, recoverable: false });
}

/** Whether who was asked can read no such source, which somebody else might. */
export function cannotRead({ code, details }: AppError): boolean {
  return code === 'UNAVAILABLE' && details['reason'] === 'source';
}

/** Of all that went wrong, what tells most about the source. */
export function noProgress(failures: ReadonlyMap<Via, AppError>, candidates: readonly Via[]): AppError {
  const [service, fallback] = [failures.get('service'), failures.get('fallback')];
  const told = [service, fallback].find((error) => error !== undefined && isFinal(error));
  if (told !== undefined) return told;
  const mayComeBack = candidates.includes('service') && (service?.recoverable ?? true);
  if (fallback !== undefined && cannotRead(fallback) && mayComeBack) {
    const { code, details, message } = fallback;
    return new AppError(code, details, { message: `${message}, and the service is away`, recoverable: true });
  }
  return fallback ?? service ?? new AppError('UNAVAILABLE', { part: 'service' });
}

/** Whether another might be faster. */
export function isSlow(error: unknown): boolean {
  return error instanceof AppError && error.code === 'TIMEOUT';
}

/** Whether who was asked may not be there any more. */
export function isGone(error: unknown): boolean {
  return !(error instanceof AppError) || error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT';
}

/** Whether the encoder that was asked has broken off, so that another has to go on. */
export function hasFailed(error: unknown): boolean {
  return error instanceof AppError && error.code === 'CONFLICT' && error.details['state'] === 'failed';
}

/** Of what ended properly, as it were, in the middle of a unit. */
export function truncated(part: Via): AppError {
  return new AppError('UNAVAILABLE', { part, reason: 'truncated' }, { message: `what the ${part} sent is cut off` });
}

export function stoppedElsewhere(): AppError {
  return new AppError('CONFLICT', { state: 'cancelled' }, { message: 'somebody has stopped the stream' });
}

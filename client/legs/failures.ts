import { AppError, type ErrorCode } from '#lib/errors.ts';
import type { Via } from './leg.ts';

/** Errors of the request or its source: the service and the local ffmpeg fail alike. */
export const FINAL_CODES: ReadonlySet<ErrorCode> = new Set([
  'INVALID_JSON',
  'INVALID_URL',
  'SOURCE_FORBIDDEN',
  'VALIDATION_ERROR',
  'FILTER_INVALID',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_FORMAT',
]);

/** Whether the service and the local ffmpeg would both fail with this request. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return FINAL_CODES.has(error.code) || (error.code === 'DOWNLOAD_FAILED' && !error.recoverable);
}

/** Errors of the source or of its transcoding. */
export const SOURCE_CODES: ReadonlySet<ErrorCode> = new Set([...FINAL_CODES, 'DOWNLOAD_FAILED', 'FFMPEG_ERROR']);

/** Whether the error is about the source. */
export function isSourceFailure(error: AppError | undefined): boolean {
  return error !== undefined && SOURCE_CODES.has(error.code);
}

/** The error for a file that the orchestrator has not named itself. */
export function forbiddenFile(): AppError {
  const message = 'a file is played only if resolveSource names it: return a URL object for a requested file: URL';
  return new AppError('SOURCE_FORBIDDEN', { part: 'fallback' }, { message });
}

/** The error for a source that only the service can read. */
export function unsupportedUrl(): AppError {
  const message = 'the fallback opens only http, https and file URLs (see resolveSource)';
  return new AppError('UNAVAILABLE', { part: 'fallback', reason: 'source' }, { message, recoverable: false });
}

/** Whether the fallback cannot open this kind of URL; the service might. */
export function isUnsupportedUrl({ code, details }: AppError): boolean {
  return code === 'UNAVAILABLE' && details['reason'] === 'source';
}

/** Returns the error that explains most about the source. */
export function finalError(failures: ReadonlyMap<Via, AppError>, candidates: readonly Via[]): AppError {
  const [service, fallback] = [failures.get('service'), failures.get('fallback')];
  const final = [service, fallback].find((error) => error !== undefined && isFinal(error));
  if (final !== undefined) return final;
  const mayComeBack = candidates.includes('service') && (service?.recoverable ?? true);
  if (fallback !== undefined && isUnsupportedUrl(fallback) && mayComeBack) {
    const { code, details, message } = fallback;
    return new AppError(code, details, { message: `${message}, and the service is unavailable`, recoverable: true });
  }
  return fallback ?? service ?? new AppError('UNAVAILABLE', { part: 'service' });
}

/** Whether another leg might be faster. */
export function isTimeout(error: unknown): boolean {
  return error instanceof AppError && error.code === 'TIMEOUT';
}

/** Whether the encoder may be unreachable. */
export function isUnreachable(error: unknown): boolean {
  return !(error instanceof AppError) || error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT';
}

/** Whether the leg's encoder has failed, so that another leg has to continue. */
export function isEncoderFailure(error: unknown): boolean {
  return error instanceof AppError && error.code === 'CONFLICT' && error.details['state'] === 'failed';
}

/** The error for a stream that ended without an error but in the middle of a unit. */
export function truncated(part: Via): AppError {
  return new AppError(
    'UNAVAILABLE',
    { part, reason: 'truncated' },
    { message: `the audio from the ${part} is truncated` },
  );
}

/** The error for a leg whose connection or process failed in the middle of its audio. */
export function wasCut(part: Via, afterSeconds: number, cause: unknown): AppError {
  const message = `the audio from the ${part} was cut after ${afterSeconds.toFixed(1)} s`;
  return new AppError('UNAVAILABLE', { part, reason: 'cut' }, { message, cause });
}

export function stoppedElsewhere(): AppError {
  return new AppError('CONFLICT', { state: 'cancelled' }, { message: 'another client stopped the stream' });
}

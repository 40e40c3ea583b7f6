import { AppError } from '#lib/errors.ts';

/** Returns the error for the caller. The text of the S3 server is only logged: it may contain signed URLs. */
export function storageFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const name = error instanceof Error ? error.name : '';
  if (ABSENT.has(name)) return new AppError('NOT_FOUND', {}, { message: 'no such upload exists', cause: error });
  if (BAD_PARTS.has(name)) {
    return new AppError('VALIDATION_ERROR', { field: 'parts' }, { message: BAD_PARTS_MESSAGE, cause: error });
  }
  const unable = UNABLE.get(name);
  if (unable !== undefined) {
    return new AppError('UNAVAILABLE', { part: 'storage' }, { message: unable, recoverable: false, cause: error });
  }
  if (LASTING.has(statusOf(error))) {
    const message = 'the S3 server refuses this request';
    return new AppError('UNAVAILABLE', { part: 'storage' }, { message, recoverable: false, cause: error });
  }
  return new AppError('UNAVAILABLE', { part: 'storage' }, { message: 'the S3 server does not respond', cause: error });
}

/** The same request would get these again. Credentials and clocks (403) can be corrected. */
const LASTING: ReadonlySet<unknown> = new Set([400, 404, 405, 409, 411, 413, 414, 416, 501]);

/** The AWS SDK keeps the status of a response in `$metadata`. */
function statusOf(error: unknown): unknown {
  return (error as { $metadata?: { httpStatusCode?: unknown } } | undefined)?.$metadata?.httpStatusCode;
}

const ABSENT: ReadonlySet<string> = new Set(['NoSuchUpload', 'NoSuchKey', 'NotFound']);
const BAD_PARTS: ReadonlySet<string> = new Set(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'MalformedXML']);

const UNSUPPORTED = 'the S3 server does not support this operation';
const REFUSED = 'the S3 server refuses the credentials of the service';
/** Name of the error → what is missing or wrong: a retry does not help. */
const UNABLE: ReadonlyMap<string, string> = new Map([
  ['NotImplemented', UNSUPPORTED],
  ['MethodNotAllowed', UNSUPPORTED],
  ['InvalidAccessKeyId', REFUSED],
  ['SignatureDoesNotMatch', REFUSED],
  ['CredentialsProviderError', 'the service has no credentials for the S3 server'],
  ['NoSuchBucket', 'the bucket of the service does not exist'],
]);
const BAD_PARTS_MESSAGE = 'parts must list every uploaded part with the ETag of its response';

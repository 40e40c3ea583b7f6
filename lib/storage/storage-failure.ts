import { AppError } from '#lib/errors.ts';

/** What an error of the S3 server means to the caller. Its own text stays inside: it may name signed URLs. */
export function storageFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const name = error instanceof Error ? error.name : '';
  if (ABSENT.has(name)) return new AppError('NOT_FOUND', {}, { message: 'there is no such upload', cause: error });
  if (BAD_PARTS.has(name)) {
    return new AppError('VALIDATION_ERROR', { field: 'parts' }, { message: BAD_PARTS_MESSAGE, cause: error });
  }
  if (UNABLE.has(name)) {
    const message = 'the S3 server cannot do this';
    return new AppError('UNAVAILABLE', { part: 'storage' }, { message, recoverable: false, cause: error });
  }
  return new AppError('UNAVAILABLE', { part: 'storage' }, { message: 'the S3 server does not answer', cause: error });
}

const ABSENT: ReadonlySet<string> = new Set(['NoSuchUpload', 'NoSuchKey', 'NotFound']);
const BAD_PARTS: ReadonlySet<string> = new Set(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'MalformedXML']);
const UNABLE: ReadonlySet<string> = new Set(['NotImplemented', 'MethodNotAllowed']);
const BAD_PARTS_MESSAGE = 'parts: each one must have been uploaded, and be named with the ETag of its answer';

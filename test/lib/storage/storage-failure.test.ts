import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { storageFailure } from '#lib/storage/storage-failure.ts';

const named = (name: string) => Object.assign(new Error('from https://s3/?X-Amz-Signature=x'), { name });

describe('a failure of the S3 server', () => {
  const CASES = [
    ['NoSuchUpload', 'NOT_FOUND', false],
    ['NotFound', 'NOT_FOUND', false],
    ['InvalidPart', 'VALIDATION_ERROR', false],
    ['EntityTooSmall', 'VALIDATION_ERROR', false],
    ['NotImplemented', 'UNAVAILABLE', false],
    ['MethodNotAllowed', 'UNAVAILABLE', false],
    ['InvalidAccessKeyId', 'UNAVAILABLE', false],
    ['SignatureDoesNotMatch', 'UNAVAILABLE', false],
    ['CredentialsProviderError', 'UNAVAILABLE', false],
    ['NoSuchBucket', 'UNAVAILABLE', false],
    ['TimeoutError', 'UNAVAILABLE', true],
    ['AccessDenied', 'UNAVAILABLE', true],
  ] as const;
  for (const [name, code, recoverable] of CASES) {
    it(`${name} is ${code} for the caller, without the server's own text`, () => {
      const failure = storageFailure(named(name));
      assert.deepEqual([failure.code, failure.recoverable], [code, recoverable]);
      assert.doesNotMatch(failure.message + JSON.stringify(failure.details), /Amz/);
    });
  }

  it('is recoverable only if the same request may succeed later', () => {
    for (const [httpStatusCode, recoverable] of [
      [400, false],
      [409, false],
      [416, false],
      [403, true],
      [429, true],
      [500, true],
    ] as const) {
      const error = Object.assign(named('Other'), { $metadata: { httpStatusCode } });
      assert.equal(storageFailure(error).recoverable, recoverable, `${httpStatusCode}`);
    }
  });

  it('that is already an AppError is not changed', () => {
    const error = new AppError('NOT_FOUND');
    assert.equal(storageFailure(error), error);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError, ERROR_CATALOGUE, type ErrorCode, toAppError } from '#lib/errors.ts';

const CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

describe('the error catalogue', () => {
  it('has an error status and a message for every code', () => {
    for (const code of CODES) {
      const { status, message } = ERROR_CATALOGUE[code];
      assert.ok(status >= 400 && status < 600, code);
      assert.match(code, /^[A-Z]+(_[A-Z]+)*$/);
      assert.match(message, /^[a-z].*[^.]$/);
    }
  });

  it('marks as recoverable only errors that the caller did not cause', () => {
    for (const code of CODES) {
      const { status, recoverable } = ERROR_CATALOGUE[code];
      if (recoverable) assert.ok(status >= 500 || status === 429, code);
    }
  });
});

describe('an AppError', () => {
  it('has the values of the catalogue, unless they are overridden', () => {
    const plain = new AppError('DOWNLOAD_FAILED');
    assert.equal(plain.status, 502);
    assert.equal(plain.recoverable, true);
    assert.equal(plain.message, ERROR_CATALOGUE.DOWNLOAD_FAILED.message);
    assert.deepEqual(plain.details, {});
    assert.equal('cause' in plain, false);
    const known = new AppError('DOWNLOAD_FAILED', { status: 404 }, { message: 'gone', recoverable: false, cause: 1 });
    assert.deepEqual(
      { details: known.details, message: known.message, recoverable: known.recoverable, cause: known.cause },
      { details: { status: 404 }, message: 'gone', recoverable: false, cause: 1 },
    );
  });
});

describe('toAppError', () => {
  it('finds an AppError among the causes', () => {
    const inner = new AppError('TIMEOUT');
    assert.equal(toAppError(inner), inner);
    assert.equal(toAppError(new Error('outer', { cause: new Error('middle', { cause: inner }) })), inner);
  });

  it('turns anything else into an INTERNAL_ERROR with the original as its cause', () => {
    for (const thrown of [new Error('x'), 'text', undefined, null, { code: 'NOT_FOUND' }]) {
      const error = toAppError(thrown);
      assert.equal(error.code, 'INTERNAL_ERROR');
      assert.equal(error.message, ERROR_CATALOGUE.INTERNAL_ERROR.message);
      assert.equal(error.cause, thrown);
    }
  });
});

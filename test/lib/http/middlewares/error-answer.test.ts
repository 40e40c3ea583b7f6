import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError, ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';
import { errorBody, jsonAnswer } from '#lib/http/answer.ts';
import { bufferedFunction, REQUEST_ID } from '../../../support/function-url.ts';

const CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

/** Returns the response to a request whose handler throws. */
async function answerTo(thrown: unknown) {
  const route = {
    method: 'GET',
    path: '/',
    access: 'public',
    handler: () => {
      throw thrown;
    },
  } as const;
  const { statusCode, headers, body } = await bufferedFunction([route]).call({ method: 'GET', path: '/' });
  return { statusCode, headers, body: JSON.parse(body) };
}

describe('the response to an error', () => {
  for (const code of CODES) {
    it(`has the status, code and recoverability of ${code}`, async () => {
      const { status, recoverable, message } = ERROR_CATALOGUE[code];
      const { statusCode, headers, body } = await answerTo(new AppError(code, { part: 'x' }));
      assert.equal(statusCode, status);
      assert.deepEqual(body, { code, message, details: { part: 'x' }, recoverable, request_id: REQUEST_ID });
      assert.equal(headers['Content-Type'], 'application/json');
      assert.equal(headers['Cache-Control'], 'no-store');
      assert.equal(headers['Retry-After'] !== undefined, status === 429 || status === 503);
    });
  }

  it('has the message and recoverability of the error itself', async () => {
    const error = new AppError('DOWNLOAD_FAILED', { status: 404 }, { message: 'gone', recoverable: false });
    assert.partialDeepStrictEqual((await answerTo(error)).body, { message: 'gone', recoverable: false });
  });

  it('asks the client to retry only if that may help', async () => {
    for (const code of ['UNAVAILABLE', 'RATE_LIMITED', 'OVERLOADED'] as const) {
      const { headers, body } = await answerTo(new AppError(code, {}, { recoverable: false }));
      assert.equal(body.recoverable, false);
      assert.equal(headers['Retry-After'], undefined);
    }
  });

  it('is that of an AppError within a wrapper', async () => {
    const error = new Error('wrapper', { cause: new AppError('TIMEOUT') });
    assert.equal((await answerTo(error)).body.code, 'TIMEOUT');
  });

  it('is an INTERNAL_ERROR for anything else, even for a thrown value that is not an Error', async () => {
    for (const thrown of [new Error('x'), 'text', 5, { statusCode: 418 }]) {
      const { statusCode, body } = await answerTo(thrown);
      assert.equal(statusCode, 500);
      assert.equal(body.code, 'INTERNAL_ERROR');
      assert.deepEqual(body.details, {});
    }
  });

  it('has exactly the fields of an error body', () => {
    const body = errorBody(new AppError('CONFLICT', {}, { cause: new Error('x') }), 'id');
    assert.deepEqual(Object.keys(body), ['code', 'message', 'details', 'recoverable', 'request_id']);
  });

  it('is JSON that must not be cached', () => {
    const { headers, body } = jsonAnswer(200, { a: 1 }, { 'X-Extra': '1' });
    assert.deepEqual(headers, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'X-Extra': '1' });
    assert.equal(body, '{"a":1}');
  });
});

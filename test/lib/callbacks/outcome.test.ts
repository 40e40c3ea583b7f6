import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reasonFor, verdictOn } from '#lib/callbacks/outcome.ts';
import { AppError } from '#lib/errors.ts';

describe('the verdict on an attempt', () => {
  it('is delivered for a status from 200 to 299 alone', () => {
    const delivered = [100, 199, 200, 204, 299, 300, 304, 404].filter(
      (status) => verdictOn({ kind: 'response', status }) === 'delivered',
    );
    assert.deepEqual(delivered, [200, 204, 299]);
  });

  it('is final after 410 and for a forbidden address, and lets everything else be tried again', () => {
    for (const status of [301, 400, 401, 404, 408, 429, 500, 503]) {
      assert.equal(verdictOn({ kind: 'response', status }), 'retry', `${status}`);
    }
    assert.equal(verdictOn({ kind: 'response', status: 410 }), 'final');
    assert.equal(verdictOn({ kind: 'failure', reason: 'forbidden' }), 'final');
    assert.equal(verdictOn({ kind: 'failure', reason: 'timeout' }), 'retry');
  });
});

describe('the reason of a failure', () => {
  const coded = (code: string) => Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code });

  it('is one of a few words', () => {
    const reasons = {
      ECONNREFUSED: 'refused',
      ECONNRESET: 'reset',
      ENOTFOUND: 'unresolved',
      DNS_TIMEOUT: 'unresolved',
      CONNECT_TIMEOUT: 'timeout',
      HEADERS_TIMEOUT: 'timeout',
      DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
      CERT_HAS_EXPIRED: 'certificate',
      ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
      HPE_INVALID_CONSTANT: 'connection',
    };
    for (const [code, reason] of Object.entries(reasons)) assert.equal(reasonFor(coded(code)), reason, code);
    assert.equal(reasonFor(AbortSignal.abort(new DOMException('late', 'TimeoutError')).reason), 'timeout');
    assert.equal(reasonFor(new AppError('SOURCE_FORBIDDEN')), 'forbidden');
    assert.equal(reasonFor(undefined), 'connection');
  });
});

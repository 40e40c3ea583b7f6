import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createStorageCheck } from '#lib/services/storage-check.ts';
import { eventually } from '../../support/eventually.ts';
import { answer, neverAnswer, resetBeforeHeaders, startHttpSource } from '../../support/http-source.ts';

const LIMITS = { timeoutMs: 200, maxAgeMs: 0 };

describe('the storage check', () => {
  it('is disabled and sends no request without a server', () => {
    assert.deepEqual(createStorageCheck({ endpoint: undefined, ...LIMITS })(), { status: 'disabled' });
  });

  it('returns at once, before the server responds', () => {
    const check = createStorageCheck({ endpoint: 'http://127.0.0.1:1/', ...LIMITS });
    assert.deepEqual(check(), { status: 'ok' });
  });

  it('is ok when the server responds, even with a refusal', async () => {
    await using server = await startHttpSource(answer(403));
    const check = createStorageCheck({ endpoint: server.origin, ...LIMITS });
    check();
    await eventually(() => assert.equal(server.requests.length > 0, true));
    assert.deepEqual(check(), { status: 'ok' });
    assert.equal(server.requests[0]?.method, 'HEAD');
  });

  for (const [name, behave] of Object.entries({ 'never answers': neverAnswer, resets: resetBeforeHeaders })) {
    it(`fails when the server ${name}`, async () => {
      await using server = await startHttpSource(behave);
      const check = createStorageCheck({ endpoint: server.origin, ...LIMITS });
      await eventually(() =>
        assert.deepEqual(check(), { status: 'failed', message: 'the S3 server does not respond' }),
      );
    });
  }

  it('is ok again when the server is back', async () => {
    let up = false;
    await using server = await startHttpSource((request, response) =>
      up ? answer(200)(request, response) : resetBeforeHeaders(request, response),
    );
    const check = createStorageCheck({ endpoint: server.origin, ...LIMITS });
    await eventually(() => assert.equal(check().status, 'failed'));
    up = true;
    await eventually(() => assert.equal(check().status, 'ok'));
  });

  it('sends a request only when the last result is too old', async () => {
    await using server = await startHttpSource(answer(200));
    const check = createStorageCheck({ endpoint: server.origin, timeoutMs: 1_000, maxAgeMs: 600_000 });
    for (let asked = 0; asked < 100; asked += 1) check();
    await eventually(() => assert.equal(server.requests.length, 1));
    check();
    assert.equal(server.requests.length, 1);
  });
});

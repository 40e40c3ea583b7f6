import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createBodyThreads } from '#lib/http/body-thread.ts';
import { body as module } from '../../fixtures/large-body/names.ts';

const sent = (value: unknown) => ({ body: JSON.stringify(value), isBase64Encoded: false, account: 'ann' });
const isRefusal = (code: string) => (error: unknown) => assert.equal((error as { code: unknown }).code, code) ?? true;

describe('a thread for large bodies', () => {
  it('returns the validated body, in either encoding of the platform', async () => {
    const { read } = createBodyThreads();
    const asked = { names: ['ü'.repeat(90_000)] };
    assert.deepEqual(await read(module, sent(asked)), { ...asked, busy_ms: 0 });
    const encoded = Buffer.from(JSON.stringify(asked)).toString('base64');
    const again = await read(module, { body: encoded, isBase64Encoded: true, account: 'ann' });
    assert.deepEqual(again, { ...asked, busy_ms: 0 });
  });

  it('refuses a body as the thread of the request does', async () => {
    const { read } = createBodyThreads();
    await assert.rejects(read(module, { ...sent(''), body: '{' }), isRefusal('INVALID_JSON'));
    await assert.rejects(read(module, sent({ names: [1] })), {
      code: 'VALIDATION_ERROR',
      details: {
        field: 'names[0]',
        value: 1,
        errors: [{ field: 'names[0]', value: 1, message: 'Invalid input: expected string, received number' }],
      },
    });
    await assert.rejects(read(module, sent(Array(5_000).fill(0))), isRefusal('VALIDATION_ERROR'));
  });

  it('does not block the thread of the request', async () => {
    const { read } = createBodyThreads();
    await read(module, sent({}));
    const idle = performance.eventLoopUtilization();
    await read(module, sent({ busy_ms: 300 }));
    assert.ok(performance.eventLoopUtilization(idle).active < 100);
  });

  it('ends when one body takes too long, and reads the next body in a new thread', async () => {
    const { read } = createBodyThreads({ timeoutMs: 2_500 });
    const [slow, next] = [read(module, sent({ busy_ms: 600_000 })), read(module, sent({ names: ['a'] }))];
    await assert.rejects(slow, { code: 'TIMEOUT', recoverable: false });
    assert.deepEqual(await next, { names: ['a'], busy_ms: 0 });
  });

  it('reads at most four bodies of one caller at a time', async () => {
    const { read } = createBodyThreads();
    const all = Array.from({ length: 5 }, () => read(module, sent({})));
    const codes = (await Promise.allSettled(all)).map((result) =>
      result.status === 'fulfilled' ? 'read' : result.reason.code,
    );
    assert.deepEqual(codes, ['read', 'read', 'read', 'read', 'RATE_LIMITED']);
    assert.deepEqual(await read(module, sent({})), { names: [], busy_ms: 0 });
  });

  it('ends when it is idle, and starts again', async ({ mock }) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const end = mock.method(Worker.prototype, 'terminate').mock;
    const { read } = createBodyThreads({ idleMs: 1_000 });
    await read(module, sent({}));
    mock.timers.tick(999);
    assert.equal(end.callCount(), 0);
    mock.timers.tick(1);
    assert.equal(end.callCount(), 1);
    assert.deepEqual(await read(module, sent({ names: ['a'] })), { names: ['a'], busy_ms: 0 });
  });
});

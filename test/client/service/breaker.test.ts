import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as settled } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import { createServiceBreaker } from '../../../client/service/breaker.ts';

const SILENT = new AppError('TIMEOUT', { part: 'service', reason: 'silent' });
const GONE = new AppError('UNAVAILABLE', { part: 'service', reason: 'ECONNREFUSED' });
const PROBE_EVERY_MS = 1_000;

/** A breaker for a service whose health is what it reports, with mocked time. */
function scene(test: TestContext) {
  const { timers } = test.mock;
  timers.enable({ apis: ['setInterval', 'Date'] });
  const service = { isThere: true };
  const told: boolean[] = [];
  const breaker = createServiceBreaker({
    threshold: 2,
    probeEveryMs: PROBE_EVERY_MS,
    async probe() {
      if (!service.isThere) throw GONE;
    },
    onChange: (isUsable) => told.push(isUsable),
    clock: Date.now,
  });
  test.after(breaker.close);
  return {
    breaker,
    service,
    told,
    fail: (error: Error) =>
      assert.rejects(
        breaker.run(() => Promise.reject(error)),
        error,
      ),
    /** Advances the time, and waits for the probes in the meantime. */
    async pass(ms: number) {
      timers.tick(ms);
      await settled();
    },
  };
}

describe('A service', () => {
  it('that is healthy gets requests', async (test) => {
    const { breaker, told } = scene(test);
    assert.equal(await breaker.isUsable(), true);
    assert.equal(await breaker.run(async () => 'audio'), 'audio');
    assert.deepEqual(told, []);
  });

  it('that was down gets the first request after it is back', async (test) => {
    const { breaker, service, told, fail, pass } = scene(test);
    service.isThere = false;
    await fail(GONE);
    await fail(GONE);
    await pass(5);
    assert.equal(await breaker.isUsable(), false);
    service.isThere = true;
    await pass(5);
    assert.equal(await breaker.isUsable(), true);
    assert.deepEqual(told, [false, true]);
  });

  it('that is healthy but silent gets no requests, for longer each time', async (test) => {
    const { breaker, told, fail, pass } = scene(test);
    await fail(SILENT);
    assert.equal(await breaker.isUsable(), true);
    await fail(SILENT);
    for (const heldMs of [4_000, 8_000, 16_000, 30_000, 30_000]) {
      await pass(heldMs - 1);
      assert.equal(await breaker.isUsable(), false, `${heldMs} ms`);
      await pass(1);
      assert.equal(await breaker.isUsable(), true, `${heldMs} ms`);
      await fail(SILENT);
    }
    await pass(30_000);
    await breaker.run(async () => 'audio');
    assert.equal(told.at(-1), true);
    await fail(SILENT);
    assert.equal(await breaker.isUsable(), true);
  });

  it('that was silent, and down since, gets requests when it is back', async (test) => {
    const { breaker, service, fail, pass } = scene(test);
    await fail(SILENT);
    await fail(SILENT);
    assert.equal(await breaker.isUsable(), false);
    service.isThere = false;
    await pass(PROBE_EVERY_MS);
    service.isThere = true;
    await pass(5);
    assert.equal(await breaker.isUsable(), true);
  });

  it('that cuts streams at once, but is healthy, gets requests as before', async (test) => {
    const { breaker, told } = scene(test);
    assert.deepEqual(await Promise.all([breaker.isWell(), breaker.isWell()]), [true, true]);
    assert.equal(await breaker.isWell(), true);
    assert.deepEqual(told, []);
  });

  it('is not blamed when the caller aborts', async (test) => {
    const { breaker, told, fail } = scene(test);
    await fail(SILENT);
    for (let round = 0; round < 3; round += 1) await fail(new DOMException('over', 'AbortError'));
    assert.equal(await breaker.isUsable(), true);
    assert.deepEqual(told, []);
    await fail(SILENT);
    assert.equal(await breaker.isUsable(), false, 'an abort does not reset the count of silences');
  });

  it('that cuts or refuses streams gets requests whenever it is up', async (test) => {
    const { breaker, fail, pass } = scene(test);
    for (let round = 0; round < 10; round += 1) {
      await breaker.run(async () => 'audio');
      await breaker.blame(GONE);
      await fail(GONE);
      await pass(5);
      assert.equal(await breaker.isUsable(), true);
    }
  });
});

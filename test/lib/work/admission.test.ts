import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { type AdmissionOptions, createAdmission } from '#lib/work/admission.ts';
import { createShare } from '#lib/work/shares.ts';

const ANN = { account: 'ann' };

function admit({ limit = 2, ...options }: Partial<AdmissionOptions> & { limit?: number } = {}) {
  const places = createShare({ budget: 'places', limit, reserve: 1 });
  return createAdmission({ places, memoryLimitBytes: 1_000, memoryUsed: () => 0, ...options });
}

function refusal(enter: () => unknown): AppError {
  try {
    enter();
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error;
  }
  assert.fail('it was admitted');
}

/** A clock that the test moves. */
function clock(context: TestContext): { now: number } {
  const time = { now: 0 };
  context.mock.method(performance, 'now', () => time.now);
  return time;
}

describe('admission', () => {
  it('admits up to the limit, and refuses the next with OVERLOADED', () => {
    const admission = admit();
    admission.enter(ANN);
    admission.enter(ANN);
    const { code, details, message, recoverable } = refusal(() => admission.enter(ANN));
    assert.deepEqual({ code, details, recoverable }, { code: 'OVERLOADED', details, recoverable: true });
    assert.deepEqual([details['budget'], details['limit'], details['used']], ['places', 2, 2]);
    assert.match(message, /2 places are in use/);
    assert.equal(admission.taken(), 2);
    admission.enter({ account: 'bob' });
    assert.equal(admission.taken(), 3);
  });

  it('admits the next when a slot is released, and releases each slot once', () => {
    const admission = admit();
    const leave = admission.enter(ANN);
    admission.enter(ANN);
    leave();
    leave();
    leave();
    assert.equal(admission.taken(), 1);
    admission.enter(ANN);
    assert.equal(refusal(() => admission.enter(ANN)).code, 'OVERLOADED');
  });

  it('refuses when memory is short, and admits when it is free again', (context) => {
    const time = clock(context);
    let used = 1_001;
    const admission = admit({ memoryUsed: () => used });
    assert.deepEqual(refusal(() => admission.enter(ANN)).details, { reason: 'memory' });
    assert.equal(admission.taken(), 0);
    used = 1_000;
    time.now += 251;
    admission.enter(ANN);
  });

  it('does not measure memory for every request', (context) => {
    const time = clock(context);
    let asked = 0;
    const admission = admit({ limit: 1_000, memoryUsed: () => (asked += 1) });
    for (let entered = 0; entered < 100; entered += 1) admission.enter(ANN);
    assert.equal(asked, 1);
    time.now += 251;
    admission.enter(ANN);
    assert.equal(asked, 2);
  });

  it('admits nothing once closed, even with free slots', () => {
    const admission = admit();
    assert.equal(admission.isClosed(), false);
    admission.close();
    assert.equal(admission.isClosed(), true);
    const { code, details } = refusal(() => admission.enter(ANN));
    assert.deepEqual({ code, details }, { code: 'UNAVAILABLE', details: { reason: 'shutting_down' } });
  });

  it('is empty at once without running work', async () => {
    await admit().empty();
  });

  it('is empty when the last slot is released, and resolves all waits', async () => {
    const admission = admit();
    const leaves = [admission.enter(ANN), admission.enter(ANN)];
    let told = 0;
    const waiting = [1, 2].map(() => admission.empty().then(() => (told += 1)));
    leaves[0]?.();
    await Promise.resolve();
    assert.equal(told, 0);
    leaves[1]?.();
    await Promise.all(waiting);
    assert.equal(told, 2);
  });
});

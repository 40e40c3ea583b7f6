import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRateGuard } from '#lib/sources/resuming/rate-guard.ts';

const limits = { minBytesPerSecond: 512, windowMs: 15_000 };

describe('the rate guard', () => {
  it('allows a wait of one window for a silent source', () => {
    assert.equal(createRateGuard(limits).remainingMs(), 15_000);
  });

  it('ends a trickle of a byte a second after little more than a window', () => {
    const guard = createRateGuard(limits);
    let seconds = 0;
    for (; guard.remainingMs() > 0; seconds += 1) guard.record(1000, 1);
    assert.equal(seconds, 16);
  });

  it('never ends a source that keeps the rate within every window', () => {
    const step = fc.record({
      waitedMs: fc.integer({ min: 1, max: 14_000 }),
      surplus: fc.integer({ min: 1, max: 99_999 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const guard = createRateGuard(limits);
        for (const { waitedMs, surplus } of steps) {
          guard.record(waitedMs, Math.ceil((waitedMs * 512) / 1000) + surplus);
          assert.ok(guard.remainingMs() > 0);
        }
      }),
    );
  });

  it('ends any source that stays below the rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), (bytes) => {
        const guard = createRateGuard(limits);
        for (let second = 0; second < 1000; second += 1) guard.record(1000, bytes);
        assert.ok(guard.remainingMs() <= 0);
      }),
    );
  });

  it('never accumulates more than one window of waiting time', () => {
    const guard = createRateGuard(limits);
    guard.record(1, 100_000_000);
    assert.equal(guard.remainingMs(), 15_000);
  });
});

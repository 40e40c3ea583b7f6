import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { afterFailure, doubling, type RestartPolicy } from '#lib/work/restart-policy.ts';

/** Returns the waits of a policy for consecutive failures. */
function delays(policy: RestartPolicy, count: number): (number | undefined)[] {
  let failures = 0;
  return Array.from({ length: count }, () => {
    const restart = afterFailure(policy, { failures });
    failures = restart.failures;
    return restart.delayMs;
  });
}

describe('a restart policy', () => {
  it('uses the waits in its list, and then repeats the last one', () => {
    assert.deepEqual(delays({ delaysMs: [100, 500, 1_000] }, 5), [100, 500, 1_000, 1_000, 1_000]);
  });

  it('gives up after its maximum of failures', () => {
    assert.deepEqual(delays({ delaysMs: [10], maxFailures: 2 }, 3), [10, 10, undefined]);
  });

  it('resets the failures after the time of steady work, and not sooner', () => {
    const policy = { delaysMs: [10, 20, 30], steadyMs: 1_000 } as const;
    assert.deepEqual(afterFailure(policy, { failures: 2, steadyMs: 999 }), { failures: 3, delayMs: 30 });
    assert.deepEqual(afterFailure(policy, { failures: 2, steadyMs: 1_000 }), { failures: 1, delayMs: 10 });
  });

  it('does not reset the failures without a time of steady work', () => {
    assert.equal(afterFailure({ delaysMs: [10] }, { failures: 4, steadyMs: 1e9 }).failures, 5);
  });

  it('refuses a first wait of 0 ms', () => {
    assert.throws(() => doubling(0, 100), RangeError);
  });

  it('doubles up to the longest wait', () => {
    assert.deepEqual(doubling(250, 2_000), [250, 500, 1_000, 2_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 100_000 }), (first, longest) => {
        const waits = doubling(first, longest);
        assert.equal(waits.at(-1), longest);
        for (const [index, wait] of waits.entries()) assert.ok(wait <= longest && wait >= (waits[index - 1] ?? 0));
      }),
    );
  });
});

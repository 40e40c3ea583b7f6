import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createEstimator, type WorkKind } from '#lib/jobs/run/estimate.ts';

/** An estimator whose clock the test moves. */
function estimatorAt(floor: number | null = null) {
  const clock = { ms: 0 };
  return { clock, ...createEstimator({ floor, now: () => clock.ms }) };
}

describe('the estimated progress of an attempt', () => {
  it('is null before anything is done, and then the progress of the attempts before', () => {
    assert.equal(estimatorAt().estimate().progress, null);
    assert.equal(estimatorAt(41.5).estimate().progress, 41.5);
  });

  it('weighs each kind of work by the time it takes', () => {
    const { clock, expect, did, plan, estimate } = estimatorAt();
    expect('fetching', 20e6);
    did('fetching', 0);
    clock.ms = 2_000;
    did('fetching', 20e6);
    plan(100);
    expect('encoding', 2_500);
    did('encoding', 0);
    clock.ms = 12_000;
    did('encoding', 1_250);
    // 2 s of fetching and 10 s of encoding are done. 10 s of encoding, and the upload at its usual rate, are left.
    expect('uploading', 0);
    const { progress, etaSeconds, speed } = estimate();
    assert.ok(progress !== null && progress > 53 && progress < 55, `${progress}`);
    assert.equal(etaSeconds, 10);
    assert.equal(speed, 5);
  });

  it('knows no time left before it has measured any encoding', () => {
    const { expect, did, estimate } = estimatorAt();
    expect('fetching', 1_000);
    did('fetching', 500);
    assert.equal(estimate().etaSeconds, null);
    assert.equal(estimate().speed, null);
  });

  it('never falls, is never 100, and has one decimal, whatever is reported', () => {
    const kind = fc.constantFrom<WorkKind>('fetching', 'encoding', 'uploading');
    const event = fc.record({ kind, expected: fc.nat(1e9), done: fc.nat(1e9), ms: fc.nat(5_000), length: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { clock, expect, did, plan, estimate } = estimatorAt();
        let last = 0;
        for (const { kind, expected, done, ms, length } of events) {
          clock.ms += ms;
          expect(kind, expected);
          did(kind, done);
          if (length > 90) plan(length);
          const { progress, etaSeconds, speed } = estimate();
          assert.ok((progress ?? 0) >= last && (progress ?? 0) <= 99.9, `${progress} after ${last}`);
          assert.ok(progress === null || Math.abs(progress * 10 - Math.round(progress * 10)) < 1e-6);
          assert.ok(etaSeconds === null || etaSeconds >= 0);
          assert.ok(speed === null || Number.isFinite(speed));
          last = progress ?? 0;
        }
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#lib/errors.ts';
import { type AttemptEnd, retryDelay, settlement } from '#lib/jobs/settlement.ts';

const FRESH = { errors: 0, lost: 0, cancelRequested: false };
const timeout = new AppError('TIMEOUT', { phase: 'fetching' });

describe('the end of an attempt', () => {
  it('is followed by three more after recoverable failures, with growing delays', () => {
    const end: AttemptEnd = { kind: 'failed', error: timeout, retry: true };
    const delays: number[] = [];
    let errors = 0;
    for (;;) {
      const next = settlement({ ...FRESH, errors }, end);
      if (next.status !== 'pending') {
        assert.equal(next.status, 'failed');
        break;
      }
      delays.push(next.delaySeconds);
      assert.equal(next.error?.code, 'TIMEOUT');
      errors = next.errors;
    }
    assert.deepEqual(delays, [5, 10, 20]);
    assert.deepEqual([retryDelay(5), retryDelay(6), retryDelay(60)], [160, 300, 300]);
  });

  it('is the end of the job after a failure that is not recoverable', () => {
    const error = new AppError('SOURCE_DAMAGED', { input: 'a', url: 'https://user:secret@example.com/a' });
    const next = settlement(FRESH, { kind: 'failed', error, retry: false });
    assert.equal(next.status, 'failed');
    assert.ok(!JSON.stringify(next).includes('secret'));
  });

  it('fails the job when its fourth runner has died', () => {
    const of = (lost: number) => settlement({ ...FRESH, lost }, { kind: 'lost' });
    assert.deepEqual(
      [of(0), of(1), of(2)].map(({ status }) => status),
      ['pending', 'pending', 'pending'],
    );
    const last = of(3);
    assert.ok(last.status === 'failed');
    assert.deepEqual([last.error.code, last.lost], ['RUNNER_LOST', 4]);
  });

  for (const kind of ['handed_back', 'handed_over'] as const) {
    it(`counts as nothing when the job is ${kind.replace('_', ' ')}`, () => {
      const next = settlement({ errors: 3, lost: 3, cancelRequested: false }, { kind });
      const isForRunners = kind === 'handed_over';
      assert.deepEqual(next, { status: 'pending', errors: 3, lost: 3, delaySeconds: 0, error: null, isForRunners });
    });
  }

  it('cancels the job after a request, whatever the attempt did', () => {
    const ends: AttemptEnd[] = [
      { kind: 'completed', result: { outputs: [], cached: false }, warnings: [] },
      { kind: 'failed', error: timeout, retry: true },
      { kind: 'handed_back' },
      { kind: 'handed_over' },
      { kind: 'lost' },
      { kind: 'cancelled' },
    ];
    const count = fc.nat({ max: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...ends), count, count, (end, errors, lost) => {
        assert.equal(settlement({ errors, lost, cancelRequested: true }, end).status, 'cancelled');
      }),
    );
  });
});

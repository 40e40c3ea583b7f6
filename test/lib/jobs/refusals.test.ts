import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { refusal } from '#lib/jobs/refusals.ts';

describe('the refusal of a job over a limit', () => {
  it('names the budget of the caller, or the queue of all callers, and when to try again', () => {
    const own = refusal({ kind: 'refused', limit: 'waitingOfAccount', used: 5, max: 5 });
    assert.deepEqual(
      [own.code, own.message, own.details],
      [
        'RATE_LIMITED',
        'this caller uses 5 of its 5 jobs',
        { budget: 'jobs', used: 5, limit: 5, retry_after_seconds: 10 },
      ],
    );
    const bytes = refusal({ kind: 'refused', limit: 'storedBytesOfAccount', used: 9, max: 8 });
    assert.deepEqual([bytes.code, bytes.details['budget']], ['RATE_LIMITED', 'stored_bytes']);
    const queue = refusal({ kind: 'refused', limit: 'waiting', used: 7, max: 7 });
    assert.ok(queue instanceof AppError);
    assert.deepEqual(
      [queue.code, queue.details, queue.recoverable],
      ['OVERLOADED', { reason: 'queue', retry_after_seconds: 10 }, true],
    );
  });
});

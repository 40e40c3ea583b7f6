import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leastBuffered } from '../../bench/support/live.ts';

describe('a player of a live stream', () => {
  it('has left what came before less what it has played', () => {
    const arrivals = [
      [100, 0.5],
      [100.5, 2],
      [101.5, 3],
      [103, 4],
    ] as const;
    // It begins at 100.5; at 101.5 there are 2 − 1 left, at 103 3 − 2.5.
    assert.equal(leastBuffered(arrivals, 1.5), 0.5);
  });

  it('falls silent when what comes is late', () => {
    const arrivals = [
      [0, 2],
      [2.25, 3],
    ] as const;
    assert.equal(leastBuffered(arrivals, 1.5), -0.25);
  });

  it('that never has enough to begin never plays', () => {
    assert.equal(leastBuffered([[0, 1]], 1.5), Number.NEGATIVE_INFINITY);
    assert.equal(leastBuffered([], 1.5), Number.NEGATIVE_INFINITY);
  });
});

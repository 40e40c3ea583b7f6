import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leastBuffered } from '../../bench/support/live.ts';

describe('a player of a live stream', () => {
  it('has a buffer of the received audio minus the played audio', () => {
    const arrivals = [
      [100, 0.5],
      [100.5, 2],
      [101.5, 3],
      [103, 4],
    ] as const;
    // It begins at 100.5. The buffer is 2 − 1 at 101.5 and 3 − 2.5 at 103.
    assert.equal(leastBuffered(arrivals, 1.5), 0.5);
  });

  it('has an underrun when audio arrives late', () => {
    const arrivals = [
      [0, 2],
      [2.25, 3],
    ] as const;
    assert.equal(leastBuffered(arrivals, 1.5), -0.25);
  });

  it('never plays without enough audio to begin', () => {
    assert.equal(leastBuffered([[0, 1]], 1.5), Number.NEGATIVE_INFINITY);
    assert.equal(leastBuffered([], 1.5), Number.NEGATIVE_INFINITY);
  });
});

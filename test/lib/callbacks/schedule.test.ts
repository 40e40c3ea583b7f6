import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DELAYS_MS, delayAfter } from '#lib/callbacks/schedule.ts';

describe('the attempts of a callback', () => {
  it('follow after 5 s, 30 s, 2 min, 10 min, 1 h, 3 h, 6 h and 12 h, then no more', () => {
    assert.deepEqual(
      DELAYS_MS.map((ms) => ms / 1_000),
      [5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200],
    );
    const middle = Array.from({ length: 9 }, (_, index) => delayAfter(index + 1, { random: () => 0.5 }));
    assert.deepEqual(middle, [...DELAYS_MS, undefined]);
  });

  it('are up to a fifth earlier or later', () => {
    const first = (values: readonly number[]) => delayAfter(1, { random: () => values[turn++ % 2] ?? 0 });
    let turn = 0;
    assert.deepEqual([first([0, 1]), first([1, 0])], [4_000, 6_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), (failures) => {
        const middle = DELAYS_MS[failures - 1] ?? Number.NaN;
        const delayMs = delayAfter(failures) ?? Number.NaN;
        return delayMs >= middle * 0.8 && delayMs <= middle * 1.2;
      }),
    );
  });
});

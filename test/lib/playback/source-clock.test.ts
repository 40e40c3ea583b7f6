import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createSourceClock } from '#lib/playback/source-clock.ts';

describe('the source clock', () => {
  it('counts from the start position at the initial speed', () => {
    const clock = createSourceClock({ startAt: 10, speed: 1.5 });
    assert.deepEqual([clock.at(0), clock.at(2)], [10, 13]);
  });

  it('keeps the time that was played at another speed', () => {
    const clock = createSourceClock({ startAt: 0, speed: 1 });
    clock.changeSpeed(4, 2);
    clock.changeSpeed(5, 0.5);
    assert.deepEqual([clock.at(5), clock.at(7)], [6, 7]);
  });

  it('still maps positions before the last changes', () => {
    const clock = createSourceClock({ startAt: 0, speed: 1 });
    clock.changeSpeed(4, 2);
    clock.changeSpeed(5, 0.5);
    assert.deepEqual([clock.at(3), clock.at(4.5)], [3, 5]);
  });

  it('drops the changes after the position where another encoder continues', () => {
    const clock = createSourceClock({ startAt: 0, speed: 1 });
    clock.changeSpeed(4, 2);
    clock.changeSpeed(8, 0.5);
    clock.restart(6, 1);
    assert.deepEqual([clock.at(5), clock.at(6), clock.at(9)], [6, 8, 11]);
  });

  it('never decreases for any sequence of calls', () => {
    const change = fc.record({
      out: fc.double({ min: 0, max: 100, noNaN: true }),
      speed: fc.double({ min: 0.5, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const clock = createSourceClock({ startAt: 0, speed: 1 });
        let out = 0;
        let before = 0;
        for (const { out: told, speed } of changes) {
          out = Math.max(out, told);
          clock.changeSpeed(told, speed);
          const now = clock.at(out);
          assert.ok(now >= before - 1e-9);
          before = now;
        }
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createOutputClock } from '#lib/playback/output-clock.ts';

/** An output clock on a time that the test sets, in seconds. */
function outputClock(leadSeconds = 2) {
  let seconds = 0;
  const clock = createOutputClock({ leadSeconds, clock: () => seconds * 1_000 });
  return {
    now: (at: number) => {
      seconds = at;
      return clock.now();
    },
    read: (at: number, out: number) => {
      seconds = at;
      clock.read(out);
    },
  };
}

describe('the output clock', () => {
  it('is at 0 before the first report of ffmpeg, and at the lead from then on', () => {
    const clock = outputClock();
    assert.equal(clock.now(5), 0);
    clock.read(5, 0);
    assert.equal(clock.now(5.25), 2.25);
  });

  it('advances in real time between the reports of ffmpeg', () => {
    const clock = outputClock();
    clock.read(1, 0);
    clock.read(1.5, 2.5);
    assert.equal(clock.now(1.75), 2.75);
    clock.read(2, 3);
    assert.equal(clock.now(2.5), 3.5);
  });

  it('advances as slowly as the output, and stops when that stops', () => {
    const clock = outputClock();
    clock.read(1, 2);
    clock.read(2, 2.5);
    assert.equal(clock.now(2.5), 2.75);
    clock.read(3, 2.5);
    assert.equal(clock.now(3.5), 2.5);
  });

  it('advances no faster than real time, and only for a limited time', () => {
    const clock = outputClock();
    clock.read(1, 2);
    clock.read(2, 9);
    assert.equal(clock.now(2.5), 9.5);
    assert.equal(clock.now(60), 10);
  });
});

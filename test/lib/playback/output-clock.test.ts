import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createOutputClock } from '#lib/playback/output-clock.ts';

/** A clock of the output, at a time that the test sets, in seconds. */
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
  it('is at 0 before ffmpeg has spoken, and at the lead from its first words on', () => {
    const clock = outputClock();
    assert.equal(clock.now(5), 0);
    clock.read(5, 0);
    assert.equal(clock.now(5.25), 2.25);
  });

  it('goes on in real time between what ffmpeg tells', () => {
    const clock = outputClock();
    clock.read(1, 0);
    clock.read(1.5, 2.5);
    assert.equal(clock.now(1.75), 2.75);
    clock.read(2, 3);
    assert.equal(clock.now(2.5), 3.5);
  });

  it('goes as slowly as the output did, and stands still when that did', () => {
    const clock = outputClock();
    clock.read(1, 2);
    clock.read(2, 2.5);
    assert.equal(clock.now(2.5), 2.75);
    clock.read(3, 2.5);
    assert.equal(clock.now(3.5), 2.5);
  });

  it('runs no faster than real time, and not on for ever', () => {
    const clock = outputClock();
    clock.read(1, 2);
    clock.read(2, 9);
    assert.equal(clock.now(2.5), 9.5);
    assert.equal(clock.now(60), 10);
  });
});

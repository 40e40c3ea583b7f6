import assert from 'node:assert/strict';
import { describe, it, mock, type TestContext } from 'node:test';
import { startWatchdog } from '#lib/ffmpeg/watchdog.ts';

/** A watchdog on a process that the test controls, with a clock that the test advances. */
function watch(context: TestContext, stallMs = 800) {
  let now = 0;
  context.mock.timers.enable({ apis: ['setInterval'] });
  context.mock.method(performance, 'now', () => now);
  const process = { activity: 0, cpuSeconds: 0, heldBack: false };
  const onStall = mock.fn();
  const onOverrun = mock.fn();
  const stop = startWatchdog({
    stallMs,
    activity: () => process.activity,
    cpuSeconds: () => process.cpuSeconds,
    isHeldBack: () => process.heldBack,
    cpuLimitSeconds: 5,
    onStall,
    onOverrun,
  });
  return {
    process,
    stop,
    stalls: () => onStall.mock.callCount(),
    overruns: () => onOverrun.mock.callCount(),
    pass(ms: number, eachStep: () => void = () => undefined) {
      for (let passed = 0; passed < ms; passed += 10) {
        eachStep();
        now += 10;
        context.mock.timers.tick(10);
      }
    },
  };
}

describe('the watchdog', () => {
  it('reports a process over its limit of CPU time once, however active it is', (context) => {
    const { process, stalls, overruns, pass } = watch(context);
    process.cpuSeconds = 5;
    pass(200, () => (process.activity += 1));
    assert.equal(overruns(), 0);
    process.cpuSeconds = 5.1;
    pass(10_000, () => (process.activity += 1));
    assert.deepEqual([overruns(), stalls()], [1, 0]);
  });

  it('reports a process without activity as stalled, and not too early', (context) => {
    const { stalls, pass } = watch(context);
    pass(790);
    assert.equal(stalls(), 0);
    pass(200);
    assert.equal(stalls(), 1);
    pass(10_000);
    assert.equal(stalls(), 1);
  });

  it('accepts any change as activity, even a small one', (context) => {
    const { process, stalls, pass } = watch(context);
    pass(10_000, () => {
      process.activity += 0.001;
    });
    assert.equal(stalls(), 0);
    pass(1_000);
    assert.equal(stalls(), 1);
  });

  it('starts the full time again after each activity', (context) => {
    const { process, stalls, pass } = watch(context);
    for (let round = 0; round < 5; round += 1) {
      pass(700);
      process.activity += 1;
    }
    assert.equal(stalls(), 0);
  });

  it('counts CPU use as activity, even without output', (context) => {
    const { process, stalls, pass } = watch(context);
    pass(10_000, () => {
      process.cpuSeconds += 0.001;
    });
    assert.equal(stalls(), 0);
    pass(1_000);
    assert.equal(stalls(), 1);
  });

  it('does not count the small CPU use of polling', (context) => {
    const { process, stalls, pass } = watch(context, 8_000);
    const poll = () => {
      process.cpuSeconds += 0.000_1;
    };
    pass(7_900, poll);
    assert.equal(stalls(), 0);
    pass(1_200, poll);
    assert.equal(stalls(), 1);
  });

  it('does not count the time a process is held back by its reader', (context) => {
    const { process, stalls, pass } = watch(context);
    process.heldBack = true;
    pass(60_000);
    process.heldBack = false;
    pass(700);
    assert.equal(stalls(), 0);
    pass(300);
    assert.equal(stalls(), 1);
  });

  it('reports nothing after it is stopped', (context) => {
    const { stop, stalls, pass } = watch(context);
    pass(700);
    stop();
    stop();
    pass(10_000);
    assert.equal(stalls(), 0);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createPlaybackClock } from '../bench/soak/playback-clock.ts';

const RATE = 1_000;
const clock = () => createPlaybackClock({ sampleRate: RATE, bufferSeconds: 3 });

describe('a listener in real time', () => {
  it('begins when its buffer is full, and reports nothing late when all audio arrives in time', () => {
    const listener = clock();
    listener.arrived(2_000, 0);
    assert.equal(listener.report(10_000).dueSeconds, 0);
    for (let second = 2; second < 20; second += 1) listener.arrived(1_000, second * 1_000);
    assert.deepEqual(listener.report(19_500), { dueSeconds: 17, lateSeconds: [] });
  });

  it('tolerates a silence as long as its buffer, and no longer', () => {
    for (const [silenceMs, late] of [
      [3_000, []],
      [3_001, [3]],
      [4_001, [3, 4]],
    ] as const) {
      const listener = clock();
      listener.arrived(3_000, 0);
      listener.arrived(10_000, silenceMs);
      assert.deepEqual(listener.report(10_000).lateSeconds, late);
    }
  });

  it('counts every second that never arrived as late', () => {
    const listener = clock();
    listener.arrived(3_500, 0);
    assert.deepEqual(listener.report(6_000), { dueSeconds: 6, lateSeconds: [3, 4, 5] });
  });

  it('does not wait: audio that stays behind stays late', () => {
    const listener = clock();
    listener.arrived(3_000, 0);
    for (let second = 3; second < 9; second += 1) listener.arrived(1_000, second * 1_000 + 500);
    assert.deepEqual(listener.report(9_000).lateSeconds, [3, 4, 5, 6, 7, 8]);
  });

  it('reports the same late seconds for any chunks of the audio', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 0, max: 9_000 }), (lengths, lateMs) => {
        const [whole, cut] = [clock(), clock()];
        whole.arrived(3_000, 0);
        cut.arrived(3_000, 0);
        for (const length of lengths) cut.arrived(length, lateMs);
        whole.arrived(
          lengths.reduce((sum, length) => sum + length, 0),
          lateMs,
        );
        assert.deepEqual(cut.report(20_000), whole.report(20_000));
      }),
    );
  });
});

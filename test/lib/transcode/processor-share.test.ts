import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuLimitSeconds, nicenessOf } from '#lib/transcode/processor-share.ts';

describe('the niceness of ffmpeg', () => {
  it('puts live streams first, and what greedy callers can wait for last', () => {
    const ranked = [
      nicenessOf({ live: true }, true),
      nicenessOf({ live: false }, false),
      nicenessOf({ live: false }, true),
    ];
    assert.deepEqual(
      ranked,
      ranked.toSorted((one, other) => one - other),
    );
    assert.equal(new Set(ranked).size, 3);
    assert.equal(nicenessOf({ live: true }, false), ranked[0]);
  });
});

describe('the limit of CPU time', () => {
  const LIMITS = { maxDurationSeconds: 21_600, maxCpuSeconds: 900 };

  it('is the whole of it for audio of unknown length', () => {
    assert.equal(cpuLimitSeconds({ startAt: 0, duration: undefined }, LIMITS), 900);
  });

  it('is in proportion to what may be decoded', () => {
    assert.equal(cpuLimitSeconds({ startAt: 0, duration: 10_800 }, LIMITS), 450);
    assert.equal(cpuLimitSeconds({ startAt: 10_800, duration: 10_800 }, LIMITS), 900);
    assert.equal(cpuLimitSeconds({ startAt: 0, duration: 1e9 }, LIMITS), 900);
  });

  it('leaves short audio a minute', () => {
    assert.equal(cpuLimitSeconds({ startAt: 0, duration: 1 }, LIMITS), 60);
  });
});

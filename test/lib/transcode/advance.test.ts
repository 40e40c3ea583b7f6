import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { advance, complete } from '#lib/transcode/advance.ts';
import type { TranscodeProgress } from '#lib/transcode/record.ts';

const BEGINNING: TranscodeProgress = { position_seconds: 0, duration_seconds: null, percent: null };

const positions = fc.array(
  fc.record({
    positionSeconds: fc.oneof(fc.double(), fc.double({ min: 0, max: 1e5 })),
    durationSeconds: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true }), { nil: undefined }),
    fraction: fc.option(fc.oneof(fc.double(), fc.double({ min: 0, max: 1 })), { nil: undefined }),
  }),
);

describe('progress', () => {
  it('never decreases, is never NaN, and is 100 only when complete', () => {
    fc.assert(
      fc.property(positions, (told) => {
        let before = BEGINNING;
        for (const position of told) {
          const now = advance(before, position);
          assert.ok(Number.isFinite(now.position_seconds) && now.position_seconds >= before.position_seconds);
          if (before.percent !== null) assert.ok(now.percent !== null && now.percent >= before.percent);
          if (now.percent !== null) assert.ok(now.percent >= 0 && now.percent < 100);
          before = now;
        }
        assert.equal(complete(before).percent, 100);
      }),
    );
  });

  it('has no percentage while the end is unknown', () => {
    const now = advance(BEGINNING, { positionSeconds: 4, durationSeconds: undefined, fraction: undefined });
    assert.deepEqual(now, { position_seconds: 4, duration_seconds: null, percent: null });
  });

  it('is rounded to milliseconds and tenths of a percent', () => {
    const now = advance(BEGINNING, { positionSeconds: 1.23456, durationSeconds: 10.00049, fraction: 0.12399 });
    assert.deepEqual(now, { position_seconds: 1.235, duration_seconds: 10, percent: 12.3 });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AAC_FRAME, pictureSegments, soundSegmentFrames } from '#lib/jobs/plan/package-cuts.ts';
import { FRAME_RATES } from '#lib/jobs/spec/vocabulary.ts';

const RATES = Object.values(FRAME_RATES);
const FOUR_HOURS = 14_400;

describe('the segments of a package', () => {
  it('have two to six seconds of picture at every length and frame rate', () => {
    const frames = fc.integer({ min: 1, max: FOUR_HOURS * 60 });
    fc.assert(
      fc.property(frames, fc.constantFrom(...RATES), (count, { num, den }) => {
        const segments = pictureSegments((count * den) / num);
        // As the encoder places its key frames.
        const cuts = Array.from({ length: segments + 1 }, (_, index) => Math.ceil((index * count) / segments));
        const seconds = cuts.slice(1).map((cut, index) => ((cut - (cuts[index] ?? 0)) * den) / num);
        if (count * den < 2 * num) assert.deepEqual(seconds.length, 1);
        else
          assert.ok(
            seconds.every((length) => length >= 2 && length <= 6),
            `${seconds}`,
          );
      }),
      { numRuns: 2_000 },
    );
  });

  it('have two to six seconds of sound at every length, whether the encoder makes a frame more or less', () => {
    const samples = fc.integer({ min: 1, max: FOUR_HOURS * 48_000 });
    fc.assert(
      fc.property(
        fc.oneof(
          samples,
          samples.map((count) => count % 960_000 || 1),
        ),
        fc.integer({ min: -1, max: 1 }),
        (count, more) => {
          const frames = Math.max(1, Math.ceil(count / AAC_FRAME) + 1 + more);
          const length = soundSegmentFrames(count);
          const whole = Math.floor(frames / length);
          const lengths = [...(whole > 0 ? [length] : []), ...(frames % length > 0 ? [frames % length] : [])];
          const seconds = lengths.map((each) => (each * AAC_FRAME) / 48_000);
          const least = Math.min(2, (frames * AAC_FRAME) / 48_000);
          assert.ok(
            seconds.every((each) => each >= least && each <= 6),
            `${frames} frames in ${lengths}`,
          );
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

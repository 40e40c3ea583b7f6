import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FRAME_RATES } from '#lib/jobs/spec/vocabulary.ts';
import { planOf } from '../../../support/job-facts.ts';

const concat = (...inputs: unknown[]) => ({ steps: [{ op: 'concat', inputs }] });

describe('the clips of a plan', () => {
  it('never drifts: frames and samples add up to the exact time', () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 1, max: 1_000 }));
    const rates = fc.constantFrom(...Object.keys(FRAME_RATES).map(Number));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 60 }), rates, (parts, fps) => {
        const inputs = parts.map(([from, length]) => ({ input: 'a', from: from / 1_000, to: (from + length) / 1_000 }));
        const exact = inputs.reduce((sum, { from, to }) => sum + to - from, 0);
        const request = { ...concat(...inputs), outputs: [{ format: 'mp4', fps }] };
        if (Math.round(exact * fps) === 0) return;
        const { clips, frames, samples, fps: rate } = planOf(request);
        assert.ok(Math.abs((frames * rate.den) / rate.num - exact) <= (0.51 * rate.den) / rate.num);
        assert.ok(Math.abs(samples / 48_000 - (frames * rate.den) / rate.num) <= 0.51 / 48_000);
        let [frame, sample] = [0, 0];
        for (const clip of clips) {
          assert.deepEqual([clip.firstFrame, clip.firstSample], [frame, sample]);
          assert.ok(clip.frames > 0 && clip.samples > 0);
          assert.ok(Math.abs((clip.firstSample / 48_000) * (rate.num / rate.den) - clip.firstFrame) < 0.01);
          frame += clip.frames;
          sample += clip.samples;
        }
        assert.deepEqual([frame, sample], [frames, samples]);
      }),
    );
  });

  it('trims as if the timeline had been cut: both parts together are the whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 29_900 }), (milliseconds) => {
        const cut = milliseconds / 1_000;
        const join = { op: 'concat', inputs: ['a', 'a', 'a'] };
        const first = planOf({ steps: [join, { op: 'trim', to: cut }] });
        const second = planOf({ steps: [join, { op: 'trim', from: cut }] });
        assert.ok(Math.abs(first.frames + second.frames - 900) <= 1);
      }),
    );
  });
});

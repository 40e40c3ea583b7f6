import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { runsOf } from '#lib/jobs/graph/runs.ts';
import type { PlannedClip } from '#lib/jobs/plan/planned-clip.ts';

function clipsOf(lengths: readonly number[], width = 1_920, height = 1_080): PlannedClip[] {
  const picture = {
    stream: 0,
    width,
    height,
    rotation: 0,
    isBt709: true,
    hasAlpha: false,
    decoder: null,
    coded: { width, height },
    isInterlaced: false,
    light: 'sdr',
    ...{ isStill: false, missing: 0, slack: 0, padding: 0 },
  } as const;
  const place = { input: 'a', container: 'mov', from: 0, to: 1, firstSample: 0, samples: 1, sound: null };
  const alone = { continues: false, isMono: false, transition: null };
  let firstFrame = 0;
  return lengths.map((frames) => {
    firstFrame += frames;
    return { ...place, ...alone, picture, firstFrame: firstFrame - frames, frames };
  });
}

describe('the runs of a timeline', () => {
  it('have up to 16 clips', () => {
    const sizes = (count: number) => runsOf(clipsOf(Array(count).fill(25))).map((run) => run.length);
    assert.deepEqual(sizes(16), [16]);
    assert.deepEqual(sizes(17), [16, 1]);
    assert.deepEqual(sizes(40), [16, 16, 8]);
  });

  it('have fewer clips when the pictures are large, because each has a decoder', () => {
    assert.deepEqual(
      runsOf(clipsOf(Array(8).fill(25), 3_840, 2_160)).map((run) => run.length),
      [4, 4],
    );
  });

  it('never have fewer than three frames, keep the order and lose nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 120 }), (lengths) => {
        const clips = clipsOf(lengths);
        const runs = runsOf(clips);
        assert.deepEqual(runs.flat(), clips);
        for (const run of runs) {
          assert.ok(run.length <= 18);
          assert.ok(run.reduce((sum, { frames }) => sum + frames, 0) >= 3);
        }
      }),
    );
  });
});

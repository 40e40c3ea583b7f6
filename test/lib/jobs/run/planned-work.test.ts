import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plannedWork } from '#lib/jobs/run/planned-work.ts';
import { mediaFacts, pictureFacts, planOf } from '../../../support/job-facts.ts';

/** The work on a hundred frames of a film of 1280x720 for these outputs. */
const workOf = (...outputs: readonly object[]) => {
  const plan = planOf({ outputs }, { a: mediaFacts([pictureFacts({ width: 1280, height: 720 })]) });
  return plannedWork(plan, [{ weight: { frames: 100, seconds: 4 } }, { weight: { frames: 0, seconds: 4 } }]);
};

const h264 = { name: 'one', format: 'mp4', quality: 'draft' };
const vp9 = { name: 'two', format: 'webm', quality: 'standard' };
const small = { width: 640, height: 360 };

describe('the work of a plan', () => {
  it('is of one kind for all films of a codec and quality, whatever their number', () => {
    assert.deepEqual(workOf(h264), { frames: 100, megapixels: 92.16, kind: 'h264 draft' });
    assert.deepEqual(workOf(h264, { ...h264, ...small, name: 'three' }), {
      ...{ frames: 100, megapixels: 100 * 1.152, kind: 'h264 draft' },
    });
  });

  it('is of another kind where the films of several codecs have other sizes', () => {
    assert.equal(workOf(h264, { ...vp9, ...small })?.kind, 'h264 draft 0.9, vp9 standard 0.2');
    assert.equal(workOf(vp9, { ...h264, ...small })?.kind, 'h264 draft 0.2, vp9 standard 0.9');
  });

  it('is none for a picture', () => {
    assert.equal(workOf({ format: 'jpg', at: 1 }), undefined);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { planOf } from '../../../support/job-facts.ts';

const marks = (...chapters: (readonly [at: number, title: string])[]) => ({
  op: 'chapters',
  chapters: chapters.map(([at, title]) => ({ at, title })),
});
const THREE = marks([0, 'one'], [6, 'three'], [2.5, 'two']);

function chaptersOf(steps: readonly object[], outputs?: readonly object[]) {
  const [film] = planOf({ steps, ...(outputs && { outputs }) }).outputs;
  return 'chapters' in (film ?? {}) && film !== undefined && 'chapters' in film ? film.chapters : [];
}

describe('chapters', () => {
  it('end where the next one begins, in any order of the request, also under a picture that is copied', () => {
    const wanted = [
      { fromMs: 0, toMs: 2_500, title: 'one' },
      { fromMs: 2_500, toMs: 6_000, title: 'two' },
      { fromMs: 6_000, toMs: 10_000, title: 'three' },
    ];
    assert.deepEqual(chaptersOf([THREE]), wanted);
    assert.deepEqual(chaptersOf([THREE], [{ format: 'mkv', quality: 'draft' }]), wanted);
    assert.equal(planOf({ steps: [THREE] }).outputs[0]?.kind, 'copy');
  });

  it('move with the timeline: the one at the cut begins with it, and those outside are left out', () => {
    assert.deepEqual(chaptersOf([THREE, { op: 'trim', from: 3, to: 5 }]), [{ fromMs: 0, toMs: 2_000, title: 'two' }]);
    assert.deepEqual(chaptersOf([THREE, { op: 'trim', from: 1, to: 3 }]), [
      { fromMs: 0, toMs: 1_500, title: 'one' },
      { fromMs: 1_500, toMs: 2_000, title: 'two' },
    ]);
  });

  it('of several steps are all there; of two at the same time the later one stays', () => {
    assert.deepEqual(chaptersOf([marks([0, 'one'], [4, 'old']), marks([4, 'new'])]), [
      { fromMs: 0, toMs: 4_000, title: 'one' },
      { fromMs: 4_000, toMs: 10_000, title: 'new' },
    ]);
  });

  it('that begin after the end fail the job, with the field', () => {
    assert.throws(
      () => planOf({ steps: [{ op: 'trim', to: 4 }, marks([0, 'one'], [4, 'two'])] }),
      (error) =>
        error instanceof AppError &&
        error.message === 'at is 4, not before the end of the timeline at 4 s' &&
        error.details['field'] === 'steps[1].chapters[1].at',
    );
  });

  it('have titles of one line, and an output that can carry them', () => {
    const refused = (step: object, outputs = [{ format: 'mp4' }]) => {
      try {
        planOf({ steps: [step], outputs });
      } catch (error) {
        return String((error as Error).message);
      }
      return 'accepted';
    };
    for (const title of ['', ' ', 'a\nb', 'x'.repeat(201)])
      assert.match(refused(marks([0, title])), /title must be one line/);
    assert.match(refused(THREE, [{ format: 'mp3' }]), /no output can carry chapters; mp4, mov, mkv, webm can/);
  });
});

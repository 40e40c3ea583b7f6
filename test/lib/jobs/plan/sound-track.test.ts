import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SoundClip } from '#lib/jobs/plan/job-plan.ts';
import { soundClipsOf } from '#lib/jobs/plan/sound-track.ts';
import { FILM, mediaFacts, pictureFacts, planOf, soundFacts } from '../../../support/job-facts.ts';

const MUSIC = mediaFacts([soundFacts({ index: 0, endSeconds: 4 })]);
const FACTS = { a: mediaFacts(), music: MUSIC };
const replace = (fields: object = {}) => ({ op: 'audio', mode: 'replace', input: 'music', ...fields });

/** Returns each part of a track as its first second, its length and where it begins in its input. */
function partsOf(track: readonly SoundClip[] | null): unknown[] {
  return (track ?? []).map(({ firstSample, samples, source }) => [
    ...[firstSample / 48_000, samples / 48_000, source?.from ?? 'silence'],
  ]);
}

describe('a replaced sound', () => {
  it('is followed by silence, or cut at the end', () => {
    const { track, seconds, warnings } = planOf({ steps: [replace({ offset: 1 })] }, FACTS);
    assert.deepEqual(partsOf(track), [
      [0, 1, 'silence'],
      [1, 4, 0],
      [5, 5, 'silence'],
    ]);
    assert.deepEqual([seconds, warnings], [10, []]);
    assert.deepEqual(partsOf(planOf({ steps: [replace({ offset: 8 })] }, FACTS).track), [
      [0, 8, 'silence'],
      [8, 2, 0],
    ]);
  });

  it('repeats a part of its input until the end', () => {
    const steps = [replace({ input: { input: 'music', from: 1 }, loop: true })];
    assert.deepEqual(partsOf(planOf({ steps }, FACTS).track), [
      [0, 3, 1],
      [3, 3, 1],
      [6, 3, 1],
      [9, 1, 1],
    ]);
  });

  it('is that of the last step, and is cut by what follows', () => {
    const steps = [replace(), replace({ offset: 2 }), { op: 'trim', from: 3, to: 7 }];
    assert.deepEqual(partsOf(planOf({ steps }, FACTS).track), [
      [0, 3, 1],
      [3, 1, 'silence'],
    ]);
  });

  it('is under a copied picture, and says why it is not copied', () => {
    const [output] = planOf({ steps: [replace()] }, FACTS).outputs;
    assert.ok(output?.kind === 'copy');
    assert.equal(output.notCopiedBecause, 'audio: a step replaces it');
    assert.equal(output.whole?.input, 'a');
  });

  it('gives sound to outputs of sound alone, and to films of silent inputs', () => {
    const facts = { a: mediaFacts([pictureFacts()]), music: MUSIC };
    const outputs = [{ format: 'wav' }, { name: 'film', format: 'mp4', quality: 'draft' }];
    const made = planOf({ steps: [replace()], outputs }, facts);
    assert.deepEqual(
      made.outputs.map((output) => (output.kind === 'sound' || output.kind === 'film') && output.sound?.samples),
      [480_000, 480_000],
    );
  });

  it('has no effect on pictures alone, which is a warning', () => {
    const { warnings } = planOf({ steps: [replace()], outputs: [{ format: 'jpg' }] }, FACTS);
    assert.deepEqual(warnings, ['the audio steps have no effect: no output has sound']);
  });

  for (const [name, step, facts, code, field, message] of [
    [
      'an input without sound',
      replace(),
      { ...FACTS, music: mediaFacts([pictureFacts()]) },
      'VALIDATION_ERROR',
      'steps[0].input',
      'inputs.music has no sound',
    ],
    [
      'an offset past the end',
      replace({ offset: 10 }),
      FACTS,
      'VALIDATION_ERROR',
      'steps[0].offset',
      'offset is 10, not before the end of the timeline at 10 s',
    ],
    [
      'a part past the end of its input',
      replace({ input: { input: 'music', from: 4 } }),
      FACTS,
      'VALIDATION_ERROR',
      'steps[0].input.from',
      'from is 4, not before the end of inputs.music at 4 s',
    ],
    [
      'too many repeats',
      replace({ input: { input: 'music', to: 0.009 }, loop: true }),
      FACTS,
      'LIMIT_EXCEEDED',
      'steps[0].loop',
      '0.009 s of inputs.music would repeat 1112 times; the limit is 1000',
    ],
    [
      'a damaged input',
      replace(),
      { ...FACTS, music: { ...MUSIC, brokenAtSeconds: 2 } },
      'SOURCE_DAMAGED',
      'steps[0].input',
      'inputs.music is damaged: it ends at 2 of 10 s',
    ],
  ] as const) {
    it(`is refused for ${name}`, () => {
      assert.throws(
        () => planOf({ steps: [step], outputs: FILM }, facts),
        (error: { code: string; message: string; details: Record<string, unknown> }) => {
          const { input, step: number, phase } = error.details;
          assert.deepEqual([error.code, error.details['field'], error.message], [code, field, message]);
          assert.deepEqual([input, number, phase], ['music', 0, 'probing']);
          return true;
        },
      );
    });
  }

  it('fills the timeline to the sample, and no part is off by more than one', () => {
    const seconds = fc.double({ min: 0.001, max: 30, noNaN: true });
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 1, maxLength: 60 }), fc.nat(3_000_000), (lengths, samples) => {
        const source = { input: 'a', container: 'wav', stream: 0, volume: 1 };
        const clips = soundClipsOf(
          lengths.map((to) => ({ from: 0, to, source })),
          samples,
        );
        let [next, time] = [0, 0];
        for (const [index, clip] of clips.entries()) {
          assert.equal(clip.firstSample, next);
          if (clip.source !== null && clip.samples > 0) assert.ok(Math.abs(clip.firstSample - time * 48_000) <= 60);
          next += clip.samples;
          time += lengths[index] ?? 0;
        }
        assert.equal(next, samples);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#lib/errors.ts';
import { openingsOf } from '#lib/jobs/graph/openings.ts';
import { sourcesOf } from '#lib/jobs/plan/clip-sources.ts';
import { CAPABLE, mediaFacts, pictureFacts, planOf, soundFacts } from '../../../support/job-facts.ts';

const three = (seconds: number, more: readonly object[] = []) => ({
  steps: [{ op: 'concat', inputs: parts(3), transition: { type: 'fade', seconds } }, ...more],
});
const parts = (seconds: number) => ['a', 'b', 'a'].map((input) => ({ input, from: 1, to: 1 + seconds }));
const cuts = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ input: 'a', from: index * 0.2, to: (index + 1) * 0.2 }));
const FACTS = { a: mediaFacts(), b: mediaFacts([pictureFacts({ width: 320 }), soundFacts()]) };

function refused(request: object): AppError {
  try {
    planOf(request, FACTS);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was planned');
}

describe('transitions', () => {
  it('are segments of their own, in which the end of one clip and the start of the next are shown', () => {
    const { clips, frames, samples, seconds } = planOf(three(1), FACTS);
    assert.deepEqual([frames, samples, seconds], [210, 336_000, 7]);
    assert.deepEqual(
      clips.map(({ input, from, frames: count, transition }) => [input, from, count, transition?.after.input ?? null]),
      [
        ['a', 1, 60, null],
        ['a', 3, 30, 'b'],
        ['b', 2, 30, null],
        ['b', 3, 30, 'a'],
        ['a', 2, 60, null],
      ],
    );
    assert.deepEqual(
      sourcesOf(clips).map(({ continues }) => continues),
      [false, true, false, true, true, false, true],
    );
  });

  it('do not hide damage: what a decoder may leave out counts once for all parts of a clip', () => {
    const [opening] = openingsOf(planOf({ steps: [{ op: 'concat', inputs: cuts(20) }] }).clips);
    assert.deepEqual([opening?.parts.length, opening?.picture?.padding], [20, 15]);
  });

  it('fill a clip when two of them are as long as it', () => {
    assert.equal(planOf(three(1.5), FACTS).frames, 180);
  });

  it('fail the job when they do not fit into a clip, with the field', () => {
    const { code, details, message, recoverable } = refused(three(1.6));
    assert.deepEqual([code, recoverable], ['VALIDATION_ERROR', false]);
    const where = { field: 'steps[0].transition.seconds', step: 0, input: 'b', phase: 'probing', value: 1.6 };
    assert.deepEqual(details, where);
    assert.equal(message, 'the transitions of 1.6 s do not fit into steps[0].inputs[1], which has 3 s');
  });

  it('are cut where the timeline is trimmed', () => {
    const { clips, frames } = planOf(three(1, [{ op: 'trim', from: 2.5, to: 4.2 }]), FACTS);
    assert.equal(frames, 51);
    const [first, , last] = clips;
    assert.deepEqual([first?.from, first?.frames, first?.transition?.after.from], [3.5, 15, 1.5]);
    assert.deepEqual(first?.transition?.skipped, { frames: 15, samples: 24_000 });
    assert.deepEqual(first?.transition?.whole, { frames: 30, samples: 48_000 });
    assert.deepEqual([last?.frames, last?.transition?.skipped.frames, last?.transition?.whole.frames], [6, 0, 30]);
  });

  it('do not copy the picture, and the result says why', () => {
    const { outputs } = planOf(three(1), { a: mediaFacts(), b: mediaFacts() });
    const [output] = outputs;
    assert.ok(output?.kind === 'film');
    assert.match(output.notCopiedBecause, /transition/);
  });

  it('never copy the sound of the first clip, and keep that of the second alone', () => {
    const wav = { streams: [soundFacts({ index: 0, codec: 'pcm_s16le' })] };
    const sounds = { a: { ...mediaFacts(wav.streams), container: 'wav' }, b: mediaFacts(wav.streams) };
    const fade = (seconds: number) => ({ op: 'concat', inputs: ['a', 'b'], transition: { seconds } });
    const [sound] = planOf({ steps: [fade(10)], outputs: [{ format: 'wav' }] }, sounds).outputs;
    assert.equal(sound?.kind, 'sound');
    const silent = { a: mediaFacts([pictureFacts()]), b: mediaFacts() };
    const [film] = planOf({ steps: [fade(10)], outputs: [{ format: 'mp4' }] }, silent).outputs;
    assert.ok(film?.kind === 'film' && film.sound !== null);
  });

  it('need filters, and the error names the missing one', () => {
    const filters = { has: (name: string) => name !== 'xfade' } as unknown as ReadonlySet<string>;
    assert.throws(
      () => planOf(three(1), FACTS, { capabilities: { ...CAPABLE, filters } }),
      ({ code, details }) => code === 'CAPABILITY_MISSING' && details.capability === 'filter:xfade',
    );
  });

  it('change nothing when they are cuts', () => {
    const cut = { steps: [{ op: 'concat', inputs: parts(3), transition: { type: 'cut' } }] };
    const plain = { steps: [{ op: 'concat', inputs: parts(3) }] };
    assert.deepEqual(planOf(cut, FACTS).clips, planOf(plain, FACTS).clips);
  });

  it('keep frames and samples together, at any lengths', () => {
    const lengths = fc.array(fc.integer({ min: 700, max: 4_000 }), { minLength: 2, maxLength: 30 });
    const fade = fc.integer({ min: 1, max: 349 });
    fc.assert(
      fc.property(lengths, fade, fc.constantFrom(23.976, 25, 29.97, 60), (millis, fadeMillis, fps) => {
        const inputs = millis.map((length) => ({ input: 'a', from: 0.5, to: 0.5 + length / 1_000 }));
        const transition = { type: 'wipeleft', seconds: fadeMillis / 1_000 };
        const {
          clips,
          frames,
          fps: rate,
        } = planOf({
          steps: [{ op: 'concat', inputs, transition }],
          outputs: [{ format: 'mp4', fps }],
        });
        const exact = millis.reduce((sum, length) => sum + length, 0) - fadeMillis * (millis.length - 1);
        assert.ok(Math.abs((frames * rate.den) / rate.num - exact / 1_000) <= (0.51 * rate.den) / rate.num);
        let [frame, sample] = [0, 0];
        for (const { firstFrame, firstSample, transition: change, ...clip } of clips) {
          assert.deepEqual([firstFrame, firstSample], [frame, sample]);
          frame += clip.frames;
          sample += clip.samples;
          if (change === null) continue;
          assert.deepEqual(change.whole, { frames: clip.frames, samples: clip.samples });
        }
        assert.equal(frame, frames);
      }),
    );
  });
});

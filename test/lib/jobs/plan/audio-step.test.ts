import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import type { SoundLayer } from '#lib/jobs/plan/planned-mix.ts';
import { CAPABLE, FILM, mediaFacts, pictureFacts, planOf, soundFacts } from '../../../support/job-facts.ts';

const MUSIC = mediaFacts([soundFacts({ index: 0, endSeconds: 4 })]);
const FACTS = { a: mediaFacts(), music: MUSIC };
const SILENT = { a: mediaFacts([pictureFacts()]), music: MUSIC };
const step = (mode: string, fields: object = {}) => ({ op: 'audio', mode, input: 'music', ...fields });
const replace = (fields: object = {}) => step('replace', fields);
const mix = (fields: object = {}) => step('mix', fields);

const seconds = (samples: number): number => samples / 48_000;

/** Returns what is added as its first second, its length and where it begins in its input, or what of it is left out. */
function addedOf({ added }: SoundLayer): unknown {
  if (added === null) return null;
  const { firstSample, samples, source, bed } = added;
  const heard = [seconds(firstSample), seconds(samples)];
  return bed === null
    ? [...heard, source.from]
    : [...heard, { of: seconds(bed.samples), without: seconds(bed.skipped) }];
}

function heardIn({ mix: { base, layers } }: Pick<JobPlan, 'mix'>): unknown[] {
  return [base, ...layers.map(addedOf)];
}

const heard = (steps: readonly object[], facts = FACTS) => heardIn(planOf({ steps }, facts));

/** Returns where what was heard before gets another volume: its first second, its length and the factor. */
function changedBy(steps: readonly object[]): unknown[] {
  return planOf({ steps }, FACTS).mix.layers.map(({ original }) => {
    return original && [seconds(original.firstSample), seconds(original.samples), original.volume];
  });
}

describe('an audio step', () => {
  it('replaces all that was heard, from its offset on and up to the end', () => {
    assert.deepEqual(heard([replace({ offset: 1 })]), ['silence', [1, 4, 0]]);
    assert.deepEqual(heard([replace({ offset: 8 })]), ['silence', [8, 2, 0]]);
    assert.deepEqual(planOf({ steps: [replace({ offset: 8 })] }, FACTS).warnings, []);
  });

  it('replaces a range, and leaves what is before and after it', () => {
    assert.deepEqual(heard([replace({ from: 2, to: 5 })]), ['clips', [2, 3, 0]]);
    assert.deepEqual(heard([replace({ to: 3 })]), ['clips', [0, 3, 0]]);
    assert.deepEqual(heard([replace({ from: 7 })]), ['clips', [7, 3, 0]]);
    assert.deepEqual(changedBy([replace({ from: 2, to: 5 })]), [[2, 3, 0]]);
  });

  it('adds a sound to what was heard', () => {
    assert.deepEqual(heard([mix({ offset: 2.5 })]), ['clips', [2.5, 4, 0]]);
    assert.deepEqual(changedBy([mix(), mix({ original_volume: 0.25 }), mix({ from: 1, original_volume: 2 })]), [
      null,
      [0, 10, 0.25],
      [1, 9, 2],
    ]);
  });

  it('begins at from, or at an offset from which it is heard later', () => {
    assert.deepEqual(heard([mix({ from: 3 })]), ['clips', [3, 4, 0]]);
    assert.deepEqual(heard([mix({ offset: 2, from: 3, to: 5 })]), ['clips', [3, 2, 1]]);
    assert.deepEqual(heard([mix({ offset: 4, from: 3, to: 5 })]), ['clips', [4, 1, 0]]);
  });

  it('repeats a part of its input until the end of the range', () => {
    const part = { input: { input: 'music', from: 1 }, loop: true };
    assert.deepEqual(heard([replace(part)]), ['silence', [0, 10, { of: 3, without: 0 }]]);
    assert.deepEqual(heard([mix({ ...part, offset: 1, from: 5, to: 9 })]), ['clips', [5, 4, { of: 3, without: 1 }]]);
    assert.deepEqual(heard([mix({ ...part, to: 2 })]), ['clips', [0, 2, 1]]);
  });

  it('follows earlier steps, unless a later one replaces them all', () => {
    assert.deepEqual(heard([mix(), mix({ offset: 1 })]), ['clips', [0, 4, 0], [1, 4, 0]]);
    assert.deepEqual(heard([mix(), replace({ offset: 1 }), mix({ offset: 2 })]), ['silence', [1, 4, 0], [2, 4, 0]]);
    assert.deepEqual(heard([replace(), replace({ offset: 2 })]), ['silence', [2, 4, 0]]);
  });

  it('is cut by later steps, with its fades and its place in a repeated part', () => {
    const trim = { op: 'trim', from: 3, to: 7 };
    assert.deepEqual(heard([replace({ offset: 2 }), trim]), ['silence', [0, 3, 1]]);
    assert.deepEqual(heard([mix({ loop: true, offset: 1 }), trim]), ['clips', [0, 4, { of: 4, without: 2 }]]);
    assert.deepEqual(heard([mix(), { op: 'trim', from: 5 }]), ['clips']);
    const [layer] = planOf({ steps: [mix({ offset: 2, fade_in: 2, fade_out: 1 }), trim] }, FACTS).mix.layers;
    assert.ok(layer !== undefined);
    assert.deepEqual(addedOf(layer), [0, 3, 0]);
    assert.deepEqual(layer.added?.lead, 48_000);
    assert.deepEqual(layer.added.fades, [
      { kind: 'in', firstSample: 0, samples: 96_000 },
      { kind: 'out', firstSample: 144_000, samples: 48_000 },
    ]);
  });

  it('replaces all when a later step leaves the replaced range only', () => {
    const steps = [mix(), replace({ from: 2, to: 5 }), { op: 'trim', from: 3, to: 4 }];
    assert.deepEqual(heard(steps), ['silence', [0, 1, 1]]);
    assert.deepEqual(heard([replace({ offset: 1 }), { op: 'trim', from: 6 }]), ['silence']);
  });

  it('fades for a moment where it is cut, but neither where it begins nor where the timeline ends', () => {
    const fadesOf = (fields: object) => planOf({ steps: [mix(fields)] }, FACTS).mix.layers[0]?.added?.fades;
    const out = (firstSample: number) => ({ kind: 'out', firstSample, samples: 144 });
    assert.deepEqual(fadesOf({}), [out(192_000 - 144)]);
    assert.deepEqual(fadesOf({ offset: 8 }), []);
    const start = { kind: 'in', firstSample: 0, samples: 144 };
    assert.deepEqual(fadesOf({ input: { input: 'music', from: 1 } }), [start, out(144_000 - 144)]);
    assert.deepEqual(fadesOf({ offset: 0, from: 1, to: 2 }), [start, out(48_000 - 144)]);
  });

  it('has the decibels of duck: 12 for true', () => {
    const ducked = (duck: unknown) => planOf({ steps: [mix({ duck })] }, FACTS).mix.layers[0]?.added?.duck;
    assert.deepEqual([true, false, undefined, 0, 7.5, 30].map(ducked), [12, 0, 0, 0, 7.5, 30]);
  });

  it('is under a copied picture, and says why the sound is not copied', () => {
    for (const [steps, because] of [
      [[replace()], 'audio: a step replaces it'],
      [[mix()], 'audio: a step changes it'],
    ] as const) {
      const [output] = planOf({ steps }, FACTS).outputs;
      assert.ok(output?.kind === 'copy');
      assert.deepEqual([output.notCopiedBecause, output.whole?.input], [because, 'a']);
    }
  });

  it('and the sound of clips end with the picture that is copied', () => {
    const a = mediaFacts([pictureFacts({ endSeconds: 10.012, isRegular: false }), soundFacts()]);
    const [output] = planOf({ steps: [mix()] }, { ...FACTS, a }).outputs;
    assert.ok(output?.kind === 'copy' && output.sound?.treatment === 'encoded');
    const { sound, track } = output.sound;
    assert.deepEqual([sound.samples, track.map(({ samples }) => samples)], [480_576, [480_576]]);
  });

  it('gives sound to outputs of sound alone, and to films of silent inputs', () => {
    const outputs = [{ format: 'wav' }, { name: 'film', format: 'mp4', quality: 'draft' }];
    for (const added of [replace(), mix()]) {
      const made = planOf({ steps: [added], outputs }, SILENT);
      assert.deepEqual(
        made.outputs.map((output) => (output.kind === 'sound' || output.kind === 'film') && output.sound?.samples),
        [480_000, 480_000],
      );
    }
  });

  it('has no effect on pictures alone, which is a warning', () => {
    const { warnings } = planOf({ steps: [replace()], outputs: [{ format: 'jpg' }] }, FACTS);
    assert.deepEqual(warnings, ['the audio steps have no effect: no output has sound']);
  });

  it('is cut at the end of the timeline, with a warning', () => {
    const { mix: made, warnings } = planOf({ steps: [mix({ from: 8, to: 12 })] }, FACTS);
    assert.deepEqual(heardIn({ mix: made }), ['clips', [8, 2, 0]]);
    assert.deepEqual(warnings, ['steps[0].to is 12, after the end of the timeline at 10 s: it is cut there']);
  });

  it('needs filters', () => {
    const lacking = (name: string) => {
      const filters = { has: (filter: string) => filter !== name } as unknown as ReadonlySet<string>;
      return () => planOf({ steps: [mix({ duck: 6 })] }, FACTS, { capabilities: { ...CAPABLE, filters } });
    };
    const details = { field: 'steps[0]', capability: 'filter:amix', phase: 'probing' };
    assert.throws(lacking('amix'), { code: 'CAPABILITY_MISSING', details });
    assert.throws(lacking('agate'), { code: 'CAPABILITY_MISSING' });
    lacking('xfade')();
  });

  for (const [name, added, facts, code, field, message] of [
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
      'a range past the end',
      mix({ from: 11, to: 12 }),
      FACTS,
      'VALIDATION_ERROR',
      'steps[0].from',
      'from is 11, not before the end of the timeline at 10 s',
    ],
    [
      'a range after the end of the sound',
      mix({ offset: 1, from: 6 }),
      FACTS,
      'VALIDATION_ERROR',
      'steps[0].from',
      'from is 6, not before the end of inputs.music at 5 s of the timeline',
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
      'fades that are longer than what is heard',
      mix({ fade_in: 3, fade_out: 2 }),
      FACTS,
      'VALIDATION_ERROR',
      'steps[0].fade_out',
      'fade_in and fade_out have 5 s, more than the 4 s that are heard',
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
        () => planOf({ steps: [added], outputs: FILM }, facts),
        (error: { code: string; message: string; details: Record<string, unknown> }) => {
          const { input, step: number, phase } = error.details;
          assert.deepEqual([error.code, error.details['field'], error.message], [code, field, message]);
          assert.deepEqual([input, number, phase], ['music', 0, 'probing']);
          return true;
        },
      );
    });
  }

  it('is heard at the same times however often the timeline is trimmed', () => {
    const time = fc.integer({ min: 0, max: 9_000 });
    fc.assert(
      fc.property(time, time, fc.boolean(), (offset, from, loop) => {
        const added = mix({ offset: offset / 1_000, loop });
        const [whole] = planOf({ steps: [added] }, FACTS).mix.layers;
        const trims = [from / 2, from / 2].map((start) => ({ op: 'trim', from: start / 1_000 }));
        const [cut] = planOf({ steps: [added, ...trims] }, FACTS).mix.layers;
        const skipped = Math.round(from * 48);
        const sought = Math.max(0, (whole?.added?.firstSample ?? 0) - skipped);
        if (cut?.added == null) return assert.ok(!loop && offset + 4_000 <= from + 1);
        assert.ok(Math.abs(cut.added.firstSample - sought) <= 1);
        // What is heard there is what is heard at the same time of the whole.
        const later = Math.max(0, skipped - Math.round(offset * 48));
        const { bed, source, lead } = cut.added;
        const begins = bed === null ? source.from * 48_000 : bed.skipped;
        const distance = Math.abs(begins + lead - (bed === null ? later : later % bed.samples));
        assert.ok(Math.min(distance, bed === null ? distance : bed.samples - distance) <= 1);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { CAPABLE, FILM, mediaFacts, pictureFacts, planOf, soundFacts } from '../../../support/job-facts.ts';

/** Returns the error's code, field, input and step, and its message. */
function refusal(...args: Parameters<typeof planOf>): string {
  try {
    planOf(...args);
  } catch (error) {
    assert.ok(error instanceof AppError);
    const { field, input, step, phase } = error.details;
    assert.deepEqual([phase, error.recoverable], ['probing', false]);
    return [error.code, field, input, step, error.message].filter((part) => part !== undefined).join(' | ');
  }
  assert.fail('it was planned');
}

const concat = (...inputs: unknown[]) => ({ steps: [{ op: 'concat', inputs }] });
const film = (made: JobPlan, index = 0) => {
  const output = made.outputs[index];
  assert.ok(output?.kind === 'film');
  return output;
};

describe('the plan of a job', () => {
  it('takes size and frame rate from the base', () => {
    const made = planOf(
      {},
      { a: mediaFacts([pictureFacts({ width: 853, height: 481, averageRate: 29.9 }), soundFacts()]) },
    );
    assert.deepEqual([made.fps, made.frames, made.samples], [{ num: 30_000, den: 1_001 }, 300, 480_480]);
    assert.deepEqual(film(made).geometry, { width: 852, height: 480, fit: 'contain', background: '#000000' });
    assert.deepEqual(film(made).sound, { codec: 'aac', samples: 480_480, kilobits: 128 });
  });

  it('has the size with square pixels and upright', () => {
    const size = (facts: object) => {
      const { width, height } = film(planOf({}, { a: mediaFacts([pictureFacts(facts)]) })).geometry;
      return [width, height];
    };
    assert.deepEqual(size({ width: 720, height: 576, pixelAspect: 64 / 45 }), [1024, 576]);
    assert.deepEqual(size({ rotation: 90 }), [360, 640]);
    assert.deepEqual(size({ width: 720, height: 576, pixelAspect: 64 / 45, rotation: 270 }), [576, 1024]);
    assert.deepEqual(size({ pixelAspect: 1_000 }), [640, 360]);
  });

  it('takes the named base of a concat', () => {
    const facts = { a: mediaFacts(), b: mediaFacts([pictureFacts({ width: 200, height: 100, averageRate: 25 })]) };
    const made = planOf({ ...concat('a', 'b'), base: 'b' }, facts);
    assert.deepEqual([film(made).geometry.width, made.fps.num, made.frames], [200, 25, 500]);
  });

  it('takes the last scale, and follows the shape for a missing side', () => {
    const steps = [
      { op: 'scale', width: 100 },
      { op: 'scale', height: 180, fit: 'cover' },
    ];
    const made = planOf({ steps, outputs: [...FILM, { name: 'wide', format: 'mp4', width: 800, background: 'blur' }] });
    assert.deepEqual(film(made).geometry, { width: 322, height: 180, fit: 'cover', background: '#000000' });
    assert.deepEqual(film(made, 1).geometry, { width: 800, height: 448, fit: 'cover', background: 'blur' });
  });

  it('has the fastest of the frame rates of its films', () => {
    const outputs = [25, 50].map((fps, index) => ({ name: `n${index}`, format: 'mp4', fps }));
    const made = planOf({ outputs });
    assert.deepEqual([made.fps.num, film(made).frames, film(made, 1).frames], [50, 250, 500]);
  });

  it('leaves sound out when no clip has any', () => {
    const outputs = [{ format: 'mp4', quality: 'standard' }];
    assert.equal(film(planOf({ outputs }, { a: mediaFacts([pictureFacts()]) })).sound, null);
  });

  it('has the length of the sound when there is no picture to show', () => {
    const made = planOf(
      { outputs: [{ format: 'mp3' }] },
      { a: mediaFacts([pictureFacts(), soundFacts({ endSeconds: 12 })]) },
    );
    assert.deepEqual([made.frames, made.samples, made.seconds], [0, 576_000, 12]);
  });

  it('warns of what is partly past the end, and cuts it there', () => {
    const made = planOf({
      steps: [
        { op: 'concat', inputs: [{ input: 'a', from: 8, to: 20 }] },
        { op: 'trim', from: 1, to: 9 },
      ],
    });
    assert.equal(made.frames, 30);
    assert.deepEqual(made.warnings, [
      'steps[0].inputs[0].to is 20, after the end of inputs.a at 10 s: it is cut there',
      'steps[1].to is 9, after the end of the timeline at 2 s: it is cut there',
    ]);
  });

  it('warns of an input that is not used', () => {
    assert.deepEqual(planOf(concat('a'), { a: mediaFacts(), b: mediaFacts() }).warnings, ['inputs.b is not used']);
  });

  it('leaves out what is shorter than a frame', () => {
    const made = planOf(concat({ input: 'a', to: 1 }, { input: 'a', from: 1, to: 1.002 }));
    assert.equal(made.clips.length, 1);
    assert.match(made.warnings.join(), /steps\[0\]\.inputs\[1\] is shorter than a frame/);
  });

  for (const [name, expected, ...args] of [
    [
      'a part that is wholly past the end',
      'VALIDATION_ERROR | steps[0].inputs[1].from | a | 0 | from is 10, not before the end of inputs.a at 10 s',
      concat('a', { input: 'a', from: 10 }),
    ],
    [
      'a trim that is wholly past the end',
      'VALIDATION_ERROR | steps[1].from | 1 | from is 2, not before the end of the timeline at 2 s',
      {
        steps: [
          { op: 'concat', inputs: [{ input: 'a', to: 2 }] },
          { op: 'trim', from: 2 },
        ],
      },
    ],
    [
      'a picture past the end',
      'VALIDATION_ERROR | outputs[1].at | at is 10, not before the end of the timeline at 10 s',
      { outputs: [...FILM, { format: 'jpg', at: 10 }] },
    ],
    [
      'an input without a picture',
      'VALIDATION_ERROR | steps[0].inputs[0] | a | 0 | inputs.a has no picture',
      concat('a'),
      { a: mediaFacts([soundFacts()]) },
    ],
    [
      'sound from inputs without any',
      'VALIDATION_ERROR | outputs[0].format | mp3 needs sound, and no input has any',
      { outputs: [{ format: 'mp3' }] },
      { a: mediaFacts([pictureFacts()]) },
    ],
    [
      'a damaged input',
      'SOURCE_DAMAGED | steps[0].inputs[0] | a | 0 | inputs.a is damaged: it ends at 4 of 10 s',
      concat('a'),
      { a: { ...mediaFacts(), brokenAtSeconds: 4 } },
    ],
    [
      'a picture above the limit',
      'LIMIT_EXCEEDED | a | picture pixels of inputs.a is 67108864, above the limit of 36000000',
      {},
      { a: mediaFacts([pictureFacts({ width: 8_192, height: 8_192 })]) },
    ],
    [
      'an input above the limit',
      'LIMIT_EXCEEDED | a | input seconds of inputs.a is 20000, above the limit of 14400',
      {},
      { a: mediaFacts([pictureFacts({ endSeconds: 20_000 })]) },
    ],
    [
      'a result above the limit',
      'LIMIT_EXCEEDED | the result would be 20000 s long; the limit is 14400 s',
      concat('a', 'a'),
      { a: mediaFacts([pictureFacts({ endSeconds: 10_000 })]) },
    ],
  ] as [string, string, ...Parameters<typeof planOf>][]) {
    it(`refuses ${name}`, () => assert.equal(refusal(...args), expected));
  }

  it('names the capability that is missing', () => {
    const capabilities = { ...CAPABLE, filters: new Set<string>() };
    const color = { range: 'tv', space: 'bt2020nc', primaries: 'bt2020', transfer: 'smpte2084' };
    const facts = { a: mediaFacts([pictureFacts({ color })]) };
    assert.match(refusal({}, facts, { capabilities }), /^CAPABILITY_MISSING \| a \| this ffmpeg lacks filter:lut3d/);
    const encoders = { ...CAPABLE, encoders: new Set(['aac']) };
    assert.match(
      refusal({ outputs: [{ format: 'mp4', quality: 'draft' }] }, { a: mediaFacts() }, { capabilities: encoders }),
      /^CAPABILITY_MISSING \| outputs\[0\] \| .* encoder:libx264/,
    );
  });
});

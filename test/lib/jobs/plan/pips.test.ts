import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AppError } from '#lib/errors.ts';
import { pipPart } from '#lib/jobs/graph/pip-part.ts';
import { runsOf } from '#lib/jobs/graph/runs.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { CAPABLE, mediaFacts, pictureFacts, planOf, soundFacts } from '../../../support/job-facts.ts';

const SHORT = mediaFacts([pictureFacts({ endSeconds: 4, lastFrameSeconds: 3.967 }), soundFacts({ endSeconds: 4 })]);
const LOGO = {
  ...mediaFacts([pictureFacts({ width: 200, height: 100, pixelFormat: 'rgba', frames: 1 })]),
  container: 'png_pipe',
};
const FACTS = { a: mediaFacts(), short: SHORT, logo: LOGO };
const pip = (fields: object = {}) => ({ op: 'pip', input: 'short', ...fields });

function pipsOf({ layers }: JobPlan) {
  return layers.flatMap((layer) => (layer.kind === 'pip' ? [layer] : []));
}
/** Returns first frame, end, and where the input begins, of each. */
function framesOf(plan: JobPlan) {
  return pipsOf(plan).map(({ firstFrame, endFrame, sinceFrame }) => [firstFrame, endFrame, sinceFrame]);
}
const planned = (...steps: object[]) => planOf({ base: 'a', steps }, FACTS);

describe('a picture in the picture, planned', () => {
  it('is hidden at the end of its input, holds its last frame, or begins again', () => {
    assert.deepEqual(framesOf(planned(pip({ from: 2 }))), [[60, 180, 60]]);
    assert.deepEqual(framesOf(planned(pip({ from: 2, to: 3.5 }))), [[60, 105, 60]]);
    assert.deepEqual(framesOf(planned(pip({ from: 2, at_end: 'hold' }))), [[60, 300, 60]]);
    const [loop] = pipsOf(planned(pip({ from: 2, to: 9, at_end: 'loop' })));
    assert.deepEqual([loop?.firstFrame, loop?.endFrame, loop?.frames, loop?.isLooped], [60, 270, 120, true]);
    assert.equal(pipsOf(planned(pip({ to: 3, at_end: 'loop' })))[0]?.isLooped, false);
  });

  it('begins with the part of its input at from', () => {
    const [one] = pipsOf(planned(pip({ from: 1, input: { input: 'short', from: 1.5, to: 2 } })));
    assert.deepEqual([one?.from, one?.firstFrame, one?.endFrame], [1.5, 30, 45]);
  });

  it('is moved and cut by later steps, but not by earlier ones', () => {
    const trim = { op: 'trim', from: 3, to: 8 };
    assert.deepEqual(framesOf(planned(pip({ from: 2 }), trim)), [[0, 90, -30]]);
    assert.deepEqual(framesOf(planned(trim, pip({ from: 2 }))), [[60, 150, 60]]);
    assert.deepEqual(framesOf(planned(pip({ to: 2 }), trim)), []);
  });

  it('is shown until the end when it is a still picture', () => {
    const [one] = pipsOf(planned(pip({ input: 'logo', from: 1 })));
    assert.deepEqual([one?.firstFrame, one?.endFrame, one?.isStill, one?.picture.hasAlpha], [30, 300, true, true]);
    assert.deepEqual(framesOf(planned(pip({ input: { input: 'logo', to: 2 } }))), [[0, 60, 0]]);
    const inputs = { a: 'https://x.org/a', logo: { url: 'https://x.org/logo', seconds: 3 } };
    assert.deepEqual(framesOf(planOf({ inputs, steps: [pip({ input: 'logo' })] }, FACTS)), [[0, 90, 0]]);
  });

  it('may be several at once, also of one input, in the order of the steps', () => {
    const { layers } = planned(pip(), { op: 'text', text: 'over it' }, pip({ position: 'left' }));
    assert.deepEqual(
      layers.map(({ kind }) => kind),
      ['pip', 'text', 'pip'],
    );
  });

  it('is cut at the end of the timeline, with a warning', () => {
    const { warnings } = planned(pip({ from: 9, to: 12 }));
    assert.deepEqual(warnings, [
      'inputs.logo is not used',
      'steps[0].to is 12, after the end of the timeline at 10 s: it is cut there',
    ]);
    assert.deepEqual(framesOf(planned(pip({ from: 9, to: 12 }))), [[270, 300, 270]]);
  });

  it('becomes smaller where it would not fit, with a warning', () => {
    const { warnings } = planned(pip({ width: 700 }));
    assert.ok(warnings.includes('steps[0] would be larger than the picture: it is 640x360'));
  });

  it('makes the picture be encoded, and says so', () => {
    const [output] = planned(pip()).outputs;
    assert.ok(output?.kind === 'film');
    assert.equal(output.notCopiedBecause, 'video: steps[0] draws on the picture');
  });

  it('that is long is opened anew for each round', () => {
    const long = planned(pip({ width: 1, at_end: 'loop' }), { op: 'trim', from: 1 });
    assert.deepEqual(framesOf(long), [
      [0, 90, -30],
      [90, 210, 90],
      [210, 270, 210],
    ]);
    assert.ok(pipsOf(long).every(({ isLooped }) => !isLooped));
  });

  for (const [name, step, code, field] of [
    ['wholly past the end of the timeline', pip({ from: 10 }), 'VALIDATION_ERROR', 'steps[0].from'],
    [
      'wholly past the end of its input',
      pip({ input: { input: 'short', from: 4 } }),
      'VALIDATION_ERROR',
      'steps[0].input.from',
    ],
    ['outside of the timeline', pip({ x: 640, y: 0 }), 'VALIDATION_ERROR', 'steps[0].x'],
    ['without a picture', pip({ input: 'music' }), 'VALIDATION_ERROR', 'steps[0].input'],
  ] as const) {
    it(`is refused ${name}`, () => {
      const facts = { ...FACTS, music: mediaFacts([soundFacts({ index: 0 })]) };
      assert.throws(
        () => planOf({ base: 'a', steps: [step] }, facts),
        (error: AppError) => {
          const { phase, step: number } = error.details;
          assert.deepEqual([error.code, error.details['field'], number, phase], [code, field, 0, 'probing']);
          return true;
        },
      );
    });
  }

  for (const [name, facts, step, missing] of [
    ['the transparency of VP9', pictureFacts({ codec: 'vp9', hasAlphaPicture: true }), {}, 'decoder:libvpx-vp9'],
    ['fields', pictureFacts({ fieldOrder: 'bb' }), {}, 'filter:bwdif'],
    ['corners', pictureFacts(), { border: { radius: 4 } }, 'demuxer:pgm_pipe'],
    ['any picture', pictureFacts(), {}, 'filter:overlay'],
  ] as const) {
    it(`needs an ffmpeg for ${name}`, () => {
      const [kind = '', lacking = ''] = missing.split(':');
      const capabilities = { ...CAPABLE, [`${kind}s`]: { has: (one: string) => one !== lacking } };
      const steps = [pip({ input: 'b', ...step })];
      assert.throws(
        () => planOf({ base: 'a', steps }, { a: mediaFacts(), b: mediaFacts([facts]) }, { capabilities }),
        (error: AppError) => {
          assert.deepEqual(
            [error.code, error.details['capability'], error.details['input']],
            ['CAPABILITY_MISSING', missing, 'b'],
          );
          return true;
        },
      );
    });
  }

  it('needs them also for clips', () => {
    const capabilities = { ...CAPABLE, decoders: { has: (one: string) => one !== 'libvpx' } as ReadonlySet<string> };
    const facts = { b: mediaFacts([pictureFacts({ codec: 'vp8', hasAlphaPicture: true })]) };
    assert.throws(() => planOf({}, facts, { capabilities }), { code: 'CAPABILITY_MISSING' });
  });
});

describe('the sound of a picture in the picture', () => {
  /** Returns where each is heard, how often it begins, and its volume: samples and a factor. */
  const heardIn = ({ mix }: JobPlan) =>
    mix.layers.map(
      ({ added }) => added && [added.firstSample, added.samples, added.bed?.samples ?? null, added.volume],
    );

  it('is not heard by default, and else as long as the picture is shown', () => {
    assert.deepEqual(heardIn(planned(pip())), []);
    assert.deepEqual(heardIn(planned(pip({ from: 2, volume: 0.5 }))), [[96_000, 192_000, null, 0.5]]);
    assert.deepEqual(heardIn(planned(pip({ from: 2, to: 3, volume: 1 }))), [[96_000, 48_000, null, 1]]);
    assert.deepEqual(heardIn(planned(pip({ from: 2, volume: 1, at_end: 'hold' }))), [[96_000, 192_000, null, 1]]);
    assert.deepEqual(heardIn(planned(pip({ volume: 1 }), { op: 'trim', from: 1 })), [[0, 144_000, null, 1]]);
  });

  it('begins again with the picture, after whole frames', () => {
    const step = pip({ input: { input: 'short', to: 1.01 }, volume: 1, at_end: 'loop' });
    assert.deepEqual(heardIn(planned(step)), [[0, 480_000, 48_000, 1]]);
  });

  it('is heard in outputs of sound alone', () => {
    const outputs = [{ format: 'wav' }];
    const { mix, warnings } = planOf({ base: 'a', steps: [pip({ volume: 1 })], outputs }, FACTS);
    assert.deepEqual([mix.layers.length, warnings], [1, ['inputs.logo is not used']]);
    const silent = planOf({ base: 'a', steps: [pip()], outputs }, FACTS);
    assert.ok(silent.warnings.includes('the steps that draw on the picture have no effect: no output has one'));
  });

  it('that does not exist is a warning', () => {
    const { mix, warnings } = planned(pip({ input: 'logo', volume: 1 }));
    assert.deepEqual(mix.layers, []);
    assert.ok(warnings.includes('steps[0].volume has no effect: inputs.logo has no sound there'));
  });
});

describe('the memory of pictures in the picture', () => {
  const large = mediaFacts([pictureFacts({ width: 1_920, height: 1_080 }), soundFacts()]);
  const facts = { a: large, b: large };
  const joined = { op: 'concat', inputs: Array.from({ length: 16 }, () => 'a') };

  it('makes runs shorter', () => {
    const lengths = (...steps: object[]) => {
      const { clips, layers } = planOf({ steps: [joined, ...steps] }, facts);
      return runsOf(clips, layers).map((run) => run.length);
    };
    assert.deepEqual(lengths(), [16]);
    const each = pip({ input: 'b', at_end: 'hold' });
    assert.deepEqual(lengths(each, each, each), [13, 3]);
    assert.deepEqual(lengths(pip({ input: 'b', from: 5, to: 9 })), [15, 1]);
  });

  it('is limited over each clip', () => {
    const steps = Array.from({ length: 16 }, () => pip({ input: 'b' }));
    assert.throws(
      () => planOf({ base: 'a', steps }, facts),
      (error: AppError) => {
        const { limit, value, max, field } = error.details;
        assert.deepEqual([error.code, limit, field], ['LIMIT_EXCEEDED', 'open_pixels', 'steps']);
        assert.ok(Number(value) > Number(max));
        return true;
      },
    );
    assert.equal(planOf({ base: 'a', steps: steps.slice(1) }, facts).layers.length, 15);
  });
});

describe('the frames of a picture that a window shows', () => {
  const [hidden] = pipsOf(planned(pip({ from: 2 })));
  const [held] = pipsOf(planned(pip({ from: 2, at_end: 'hold' })));
  const [looped] = pipsOf(planned(pip({ from: 2, at_end: 'loop' })));
  const partOf = (one: typeof hidden, firstFrame: number, frames: number) => {
    assert.ok(one);
    const part = pipPart(one, { firstFrame, frames });
    return part && [part.firstFrame, part.start, part.read, part.skipped, part.shown];
  };

  it('are read from the first one of the window on', () => {
    assert.equal(partOf(hidden, 0, 60), undefined);
    assert.equal(partOf(hidden, 180, 60), undefined);
    assert.deepEqual(partOf(hidden, 0, 300), [60, 0, 120, 0, 120]);
    assert.deepEqual(partOf(hidden, 100, 20), [100, 40, 20, 0, 20]);
  });

  it('are read from one that is certainly there, near the end of the input', () => {
    assert.deepEqual(partOf(hidden, 178, 20), [178, 103, 17, 15, 2]);
    assert.deepEqual(partOf(held, 290, 10), [290, 103, 17, 16, 10]);
  });

  it('are all read when they begin again', () => {
    assert.deepEqual(partOf(looped, 200, 10), [200, 0, 120, 20, 10]);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { CAPABLE, planOf } from '../../../support/job-facts.ts';

const text = (fields: object = {}) => ({ op: 'text', text: 'Hello', ...fields });
const framesOf = ({ layers }: JobPlan) =>
  layers.map((layer) => layer.kind === 'text' && layer.texts.map(({ firstFrame, endFrame }) => [firstFrame, endFrame]));

describe('layers of a plan', () => {
  it('have the frames of the timeline as it is at their step', () => {
    const steps = [text({ from: 1, to: 2.5 }), { op: 'trim', from: 2, to: 6 }, text({ from: 1 })];
    assert.deepEqual(framesOf(planOf({ steps })), [
      [
        [0, 15],
        [30, 120],
      ],
    ]);
  });

  it('are left out when a later step cuts them off', () => {
    assert.deepEqual(planOf({ steps: [text({ to: 2 }), { op: 'trim', from: 2 }] }).layers, []);
  });

  it('end with the timeline, with a warning', () => {
    const made = planOf({ steps: [text({ from: 9, to: 12 })] });
    assert.deepEqual(framesOf(made), [[[270, 300]]]);
    assert.deepEqual(made.warnings, ['steps[0].to is 12, after the end of the timeline at 10 s: it is cut there']);
  });

  it('are refused when they begin after the end', () => {
    assert.throws(
      () => planOf({ steps: [text({ from: 10 })] }),
      ({ code, details }: { code: string; details: object }) => {
        assert.equal(code, 'VALIDATION_ERROR');
        assert.partialDeepStrictEqual(details, { field: 'steps[0].from', step: 0 });
        return true;
      },
    );
  });

  it('are the reason why a film is encoded', () => {
    const [output] = planOf({ steps: [{ op: 'trim', to: 9 }, text()] }).outputs;
    assert.ok(output?.kind === 'film');
    assert.equal(output.notCopiedBecause, 'video: steps[1] draws on the picture');
  });

  it('need a filter only where there is a picture', () => {
    const filters: ReadonlySet<string> = new Set(['lut3d']);
    const options = { capabilities: { ...CAPABLE, filters } };
    assert.throws(() => planOf({ steps: [text()] }, undefined, options), {
      code: 'CAPABILITY_MISSING',
      details: { capability: 'filter:ass', field: 'steps', phase: 'probing' },
    });
    const { warnings } = planOf({ steps: [text()], outputs: [{ format: 'mp3' }] }, undefined, options);
    assert.deepEqual(warnings, ['the steps that draw on the picture have no effect: no output has one']);
  });
});

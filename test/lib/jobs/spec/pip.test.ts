import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AppError } from '#lib/errors.ts';
import { baseOf, mediaInputs } from '#lib/jobs/spec/base.ts';
import { JOB_SPEC } from '#lib/jobs/spec/spec.ts';
import { validate } from '#lib/validation.ts';

const INPUTS = { a: 'https://example.org/a.mp4', b: 'https://example.org/b.png' };
const request = (step: object) => ({
  inputs: INPUTS,
  steps: [{ op: 'pip', input: 'b', ...step }],
  output: { format: 'mp4' },
});
const parsed = (step: object = {}) => validate(JOB_SPEC, request(step));

describe('the step pip', () => {
  it('has defaults', () => {
    assert.deepEqual(parsed().steps, [{ op: 'pip', input: { input: 'b' }, opacity: 1, volume: 0, at_end: 'hide' }]);
    assert.deepEqual(parsed({ border: { width: 4 } }).steps[0], {
      ...{ op: 'pip', input: { input: 'b' }, opacity: 1, volume: 0, at_end: 'hide' },
      border: { width: 4, color: '#ffffff', radius: 0 },
    });
  });

  it('uses its input, which is not the base', () => {
    const spec = parsed();
    assert.equal(baseOf(spec), 'a');
    assert.deepEqual(mediaInputs(spec), ['a', 'b']);
  });

  for (const [step, field, message] of [
    [{ input: 'c' }, 'steps[0].input', 'there is no input c; the inputs are a, b'],
    [{ position: 'middle' }, 'steps[0].position', /^position must be one of top-left, top, top-right, left, center/],
    [{ x: 0.5 }, 'steps[0].y', 'y is missing: x and y go together'],
    [{ y: 20 }, 'steps[0].x', 'x is missing: x and y go together'],
    [{ x: 0, y: 0, position: 'top' }, 'steps[0].position', 'position and x, y exclude each other'],
    [{ x: 0, y: 0, margin: 4 }, 'steps[0].margin', 'margin has no meaning with x and y'],
    [{ x: -1, y: 0 }, 'steps[0].x', 'x must be between 0 and 8192'],
    [{ width: 0 }, 'steps[0].width', 'width must be above 0'],
    [{ height: 8193 }, 'steps[0].height', 'height must be between 0 and 8192'],
    [{ opacity: 1.1 }, 'steps[0].opacity', 'opacity must be between 0 and 1'],
    [{ border: { color: 'red' } }, 'steps[0].border.color', 'color must be such as "#1a2b3c"'],
    [{ border: { size: 4 } }, 'steps[0].border.size', 'size is not a known field: border has width, color, radius'],
    [{ volume: 5 }, 'steps[0].volume', 'volume must be between 0 and 4'],
    [{ from: 3, to: 2 }, 'steps[0].to', 'to must be after from, which is 3'],
    [{ at_end: 'stop' }, 'steps[0].at_end', 'at_end must be one of hide, hold, loop'],
  ] as const) {
    it(`refuses ${JSON.stringify(step)}`, () => {
      assert.throws(
        () => parsed(step),
        (error: AppError) => {
          assert.deepEqual([error.code, error.details['field']], ['VALIDATION_ERROR', field]);
          if (typeof message === 'string') assert.equal(error.message, message);
          else assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});

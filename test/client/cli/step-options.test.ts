import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { AppError } from '#lib/errors.ts';
import { STEPS } from '#lib/jobs/spec/steps.ts';
import { parse } from '../../../client/cli/arguments/command.ts';
import {
  FADE_OPTIONS,
  fieldsOf,
  modeOf,
  optionsIn,
  RANGE_OPTIONS,
  type StepOptions,
} from '../../../client/cli/arguments/step-options.ts';
import { job } from '../../../client/cli/commands/job.ts';
import { namedInputs } from '../../../client/cli/source/named-inputs.ts';
import { inOptions } from '../../../client/cli/source/step-words.ts';

const USAGE = { exit: 'usage' } as const;

type Schema = { readonly properties?: Readonly<Record<string, Schema>> };

/** Returns the fields of a step, and of objects in it, such as `border.width`. */
function fieldsIn({ properties = {} }: Schema): string[] {
  return Object.entries(properties).flatMap(([name, inner]) =>
    inner.properties === undefined ? [name] : fieldsIn(inner).map((field) => `${name}.${field}`),
  );
}

describe('the options of a step', () => {
  it('set every field of the step that its arguments and its mode do not', () => {
    const others = ['op', 'input', 'mode', 'cues'];
    for (const op of ['text', 'subtitles', 'pip', 'audio'] as const) {
      const options = Object.values(job.actions[op]?.options ?? {});
      const set = options.flatMap((option) => ('field' in option ? [String(option.field)] : []));
      const schema = z.toJSONSchema(STEPS[op], { io: 'input' }) as Schema;
      const fields = fieldsIn(schema).filter((field) => !others.includes(field));
      assert.deepEqual(set.toSorted(), fields.toSorted(), op);
    }
  });

  const options: StepOptions = {
    ...RANGE_OPTIONS,
    ...FADE_OPTIONS,
    loop: { type: 'boolean', help: '', field: 'loop', takes: 'flag' },
    ...optionsIn('style', {
      color: { type: 'string', help: '', field: 'color', takes: 'text' },
      'box-color': { type: 'string', help: '', field: 'box.color', takes: 'text' },
      'box-padding': { type: 'string', help: '', field: 'box.padding', takes: 'number' },
    }),
  };
  const command = { usage: '', help: '', examples: [], takes: [0, 9], options, run: async () => undefined } as const;
  const fields = (...args: string[]) => fieldsOf(parse(command, args).values, options);

  it('become fields, also of objects in it; those that are absent become none', () => {
    assert.deepEqual(fields(), {});
    assert.deepEqual(fields('--from', '1:30', '--fade-in', '.5', '--loop'), { from: 90, fade_in: 0.5, loop: true });
    assert.deepEqual(fields('--box-padding', '0', '--color', '#fff', '--box-color', 'red'), {
      style: { color: '#fff', box: { color: 'red', padding: 0 } },
    });
  });

  it('are refused when they are no number or no time', () => {
    assert.throws(() => fields('--fade-in', '1s'), { ...USAGE, message: '--fade-in takes a number, not "1s"' });
    assert.throws(() => fields('--to', 'end'), { ...USAGE, message: /^--to takes seconds or a time/ });
  });

  it('name exactly one mode', () => {
    const message = 'give either --embed or --burn';
    assert.equal(modeOf({ burn: true }, ['embed', 'burn']), 'burn');
    assert.throws(() => modeOf({}, ['embed', 'burn']), { ...USAGE, message });
    assert.throws(() => modeOf({ embed: true, burn: true }, ['embed', 'burn']), { ...USAGE, message });
  });

  it('stand in errors and warnings for the fields that they set', () => {
    const given = namedInputs(['a.mp4', 'b.srt'], ['b.srt']);
    const words = inOptions(given, { op: 'subtitles', options });
    for (const [text, said] of [
      ['steps[0].to is 9, after the end', '--to is 9, after the end'],
      ['steps[0].style.box.color is no colour', '--box-color is no colour'],
      ['steps[0] is shorter than a frame', 'subtitles is shorter than a frame'],
      ['steps[0].input.to is 9, after the end of inputs.input-2', 'b.srt: to is 9, after the end of b.srt'],
      ['steps[0].style: no', 'subtitles.style: no'],
    ] as const) {
      assert.equal(words.inWords(text), said);
    }
    const error = (field: string, message: string, input?: string) =>
      words.named(new AppError('VALIDATION_ERROR', { field, ...(input && { input }) }, { message }));
    assert.equal(error('steps[0].style.box.color', 'color must be red').message, '--box-color: color must be red');
    assert.equal(error('steps[0].input', 'it is no text', 'input-2').message, 'b.srt: it is no text');
    assert.equal(error('steps[0].input.to', 'to must be after from').message, 'b.srt: to must be after from');
    assert.equal(error('output.width', 'width must be even').message, 'width must be even');
    const { code, details } = error('steps[0].from', 'from is 9');
    assert.deepEqual([code, details], ['VALIDATION_ERROR', { field: 'steps[0].from' }]);
  });
});

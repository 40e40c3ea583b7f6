import { AppError } from '#lib/errors.ts';
import { optionOf, type StepOptions } from '../arguments/step-options.ts';
import type { NamedInputs } from './named-inputs.ts';

type OnlyStep = { readonly op: string; readonly options: StepOptions };

/** Returns the inputs of a job of one step, with the options instead of the fields of the step in texts and errors. */
export function inOptions(inputs: NamedInputs, { op, options }: OnlyStep): NamedInputs {
  return {
    ...inputs,
    inWords(text) {
      return inputs.inWords(text).replaceAll(FIELD, (field) => optionOf(field, options) ?? field.replace(STEP, op));
    },
    named(error) {
      const named = inputs.named(error);
      const { code, details, recoverable, cause } = named;
      const field = String(details['field']);
      const argument = field.startsWith(`${INPUT}.`) ? inputs.inWords(INPUT) : optionOf(field, options);
      if (argument === undefined) return named;
      return new AppError(code, details, { message: `${argument}: ${named.message}`, recoverable, cause });
    },
  };
}

const STEP = 'steps[0]';
const INPUT = `${STEP}.input`;
const FIELD = /\bsteps\[0\](?:\.[a-z_]+)*/g;

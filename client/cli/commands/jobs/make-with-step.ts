import type { JobStep } from '../../../service/job-steps.ts';
import type { Run } from '../../arguments/command.ts';
import type { FormatKind } from '../../arguments/job-format.ts';
import { FILM_OPTIONS, formatOption, MAKE_OPTIONS, outputOf } from '../../arguments/job-options.ts';
import { type MediaPart, mediaPart, wholeMedia } from '../../arguments/media-part.ts';
import { fieldsOf, type StepOptions, without } from '../../arguments/step-options.ts';
import { isFile } from '../../source/file-argument.ts';
import { namedInputs } from '../../source/named-inputs.ts';
import { inOptions } from '../../source/step-words.ts';
import { make } from './make.ts';

/** Other options of an action that adds a step to a film. "ffn job convert" changes the size. */
const OUTPUT_OPTIONS = without(FILM_OPTIONS, ['width', 'height', 'fit', 'background']);

/** Returns the options of an action that adds a step to a film, and makes files of these kinds. */
export function stepActionOptions(options: StepOptions, kinds: readonly FormatKind[]) {
  return { ...options, ...MAKE_OPTIONS, ...formatOption(kinds), ...OUTPUT_OPTIONS };
}

type AddedStep = {
  readonly op: JobStep['op'];
  readonly options: StepOptions;
  readonly kinds: readonly FormatKind[];
  /** Fields that no option of the table sets. */
  readonly fields?: object;
  /** Whether the second argument may be a part. */
  readonly takesPart?: boolean;
};

/** Makes the first argument with one step, whose input is the second argument, if there is one. */
export async function makeWithStep(
  run: Run,
  { op, options, kinds, fields, takesPart = false }: AddedStep,
): Promise<void> {
  const { positionals, values } = run;
  const [film = '', added] = positionals;
  const base = wholeMedia(film, isFile);
  const part = added === undefined ? undefined : partOf(added, takesPart);
  const inputs = namedInputs([base, ...(part === undefined ? [] : [part.source])], [added ?? film]);
  const input = part && clipOf(part, inputs.nameOf(part.source));
  // The schema of requests refuses what an option must not be.
  const step = { op, ...fields, ...fieldsOf(values, options), ...(input !== undefined && { input }) } as JobStep;
  const request = {
    ...{ inputs: inputs.inputs, base: inputs.nameOf(base), steps: [step] },
    output: outputOf(withoutStep(values, options), kinds),
  };
  await make(run, { inputs: inOptions(inputs, { op, options }), request });
}

function partOf(argument: string, takesPart: boolean): MediaPart {
  return takesPart ? mediaPart(argument, isFile) : { source: wholeMedia(argument, isFile) };
}

function clipOf({ source: _, ...range }: MediaPart, input: string) {
  return Object.keys(range).length === 0 ? input : { input, ...range };
}

/** Options of the step may have the names of fields of an output, such as `width`. */
function withoutStep(values: Run['values'], options: StepOptions): Run['values'] {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(options, name)));
}

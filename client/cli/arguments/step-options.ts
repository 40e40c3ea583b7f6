import { usageError } from '../exit-codes.ts';
import { numberOf, type Option, type Options, secondsOf, textOf, type Values } from './command.ts';

const READ = {
  number: numberOf,
  seconds: secondsOf,
  text: textOf,
  flag: (values: Values, name: string) => (values[name] === true ? true : undefined),
} as const;

/** Options of a step of a job, each with its field, such as `border.width`, and how its value is written. */
export type StepOptions = Readonly<
  Record<string, Option & { readonly field: string; readonly takes: keyof typeof READ }>
>;

type Fields = { [name: string]: unknown };

/** Returns the fields that the options set. Throws a usage error for a value that is no number or no time. */
export function fieldsOf(values: Values, options: StepOptions): Fields {
  const fields: Fields = {};
  for (const [name, { field, takes }] of Object.entries(options)) {
    const value = READ[takes](values, name);
    if (value !== undefined) set(fields, field.split('.'), value);
  }
  return fields;
}

function set(fields: Fields, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    fields[first] = value;
    return;
  }
  const inner = (fields[first] ?? {}) as Fields;
  set(inner, rest, value);
  fields[first] = inner;
}

/** Returns the mode whose option is given. Throws a usage error unless it is exactly one. */
export function modeOf<Mode extends string>(values: Values, modes: readonly [Mode, Mode]): Mode {
  const [mode, other] = modes.filter((name) => values[name] === true);
  if (mode === undefined || other !== undefined) throw usageError(`give either --${modes.join(' or --')}`);
  return mode;
}

/** Returns the option of a field such as `steps[0].border.color`; undefined when no option sets it. */
export function optionOf(field: string, options: StepOptions): string | undefined {
  const found = Object.entries(options).find(([, option]) => field === `steps[0].${option.field}`);
  return found && `--${found[0]}`;
}

/** Options of the part of the timeline that a step changes. */
export const RANGE_OPTIONS = {
  from: {
    type: 'string',
    value: 'TIME',
    help: 'when it begins: seconds, or 1:30 (default 0)',
    field: 'from',
    takes: 'seconds',
  },
  to: { type: 'string', value: 'TIME', help: 'when it ends (default: at the end)', field: 'to', takes: 'seconds' },
} as const satisfies StepOptions;

export const FADE_OPTIONS = {
  'fade-in': {
    ...{ type: 'string', value: 'N', field: 'fade_in', takes: 'number' },
    help: 'seconds in which it fades in (default 0)',
  },
  'fade-out': {
    ...{ type: 'string', value: 'N', field: 'fade_out', takes: 'number' },
    help: 'seconds in which it fades out (default 0)',
  },
} as const satisfies StepOptions;

/** Options of where something lies on the picture. */
export const PLACE_OPTIONS = {
  position: {
    ...{ type: 'string', value: 'NAME', field: 'position', takes: 'text' },
    help: 'top-left, top, top-right, left, center, right, bottom-left, bottom or bottom-right',
  },
  x: {
    ...{ type: 'string', value: 'N', field: 'x', takes: 'number' },
    help: 'with --y, instead of --position: its left edge; up to 1 a share of the picture, else pixels',
  },
  y: { type: 'string', value: 'N', help: 'with --x: its top edge', field: 'y', takes: 'number' },
  margin: {
    ...{ type: 'string', value: 'N', field: 'margin', takes: 'number' },
    help: 'distance from the edges: below 1 a share of the picture, else pixels',
  },
} as const satisfies StepOptions;

/** Returns the same options for an object in the step, such as `style`. */
export function optionsIn<Given extends StepOptions>(object: string, options: Given): StepOptions {
  const moved = Object.entries(options).map(([name, option]) => [
    name,
    { ...option, field: `${object}.${option.field}` },
  ]);
  return Object.fromEntries(moved);
}

/** Returns options without those names. */
export function without<Given extends Options, Name extends keyof Given & string>(
  options: Given,
  names: readonly Name[],
) {
  const kept = Object.entries(options).filter(([name]) => !(names as readonly string[]).includes(name));
  return Object.fromEntries(kept) as Omit<Given, Name>;
}

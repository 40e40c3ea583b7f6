import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { usageError } from '../exit-codes.ts';
import type { Report } from '../output/report.ts';

/** An option and its help: the name of its value, if it takes one, and a description. */
export type Option = ParseArgsOptionDescriptor & { readonly value?: string; readonly help: string };
export type Options = Readonly<Record<string, Option>>;

/** The options of a command line; each has at most one value. */
export type Values = Readonly<Partial<Record<string, string | boolean>>>;

export type Run = {
  readonly positionals: readonly string[];
  readonly values: Values;
  readonly report: Report;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
};

export type Command = {
  /** The arguments in the usage line. */
  readonly usage: string;
  /** A description in one line. */
  readonly help: string;
  /** More about the command, in its own help only. */
  readonly notes?: string;
  /** Example command lines, without `ffn` and the command's name. */
  readonly examples: readonly string[];
  readonly options: Options;
  /** The number of positional arguments. */
  readonly takes: readonly [least: number, most: number];
  run(run: Run): Promise<void>;
};

/** Options of every command. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', help: 'print JSON, one object per line' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
} as const satisfies Options;

/** Parses the arguments of a command. Throws a usage error for an unknown option. */
export function parse(command: Command, args: readonly string[]): Pick<Run, 'positionals' | 'values'> {
  const options = { ...command.options, ...COMMON_OPTIONS };
  try {
    const { positionals, values } = parseArgs({ args: joined(args, options), options, allowPositionals: true });
    return { positionals, values: values as Values };
  } catch (error) {
    // Only the first sentence: Node adds a long explanation of arguments that begin with a dash.
    throw usageError((error as Error).message.split(/\. /)[0] ?? '');
  }
}

/** Joins an option and a negative number that follows, since parseArgs takes the number for an option. */
function joined(args: readonly string[], options: Options): string[] {
  const result: string[] = [];
  for (const arg of args) {
    const last = result.at(-1) ?? '';
    const takesValue = last.startsWith('--') && options[last.slice(2)]?.type === 'string';
    if (takesValue && /^-\d/.test(arg)) result[result.length - 1] = `${last}=${arg}`;
    else result.push(arg);
  }
  return result;
}

/** Returns the text of an option; undefined when it is absent. */
export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Returns the number of an option; undefined when it is absent. Throws a usage error for anything but a number. */
export function numberOf(values: Values, name: string): number | undefined {
  const text = textOf(values, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw usageError(`--${name} takes a number, not "${text}"`);
  return number;
}

/** Returns the seconds of an option, also written as 1:30 or 1:02:03.5. Throws a usage error for anything else. */
export function secondsOf(values: Values, name: string): number | undefined {
  const text = textOf(values, name);
  if (text === undefined) return undefined;
  if (!/^(?:\d+:){0,2}\d+(?:\.\d+)?$/.test(text))
    throw usageError(`--${name} takes seconds or a time such as 1:30, not "${text}"`);
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** Returns the only argument. */
export function argumentOf({ positionals }: Run): string {
  return positionals[0] ?? '';
}

import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { usageError } from '../exit-codes.ts';
import type { Report } from '../output/report.ts';

/**
 * An option and its help: the name of its value, if it takes one, and a description. One that may stand `once` is refused
 * twice; of others, the last one counts.
 */
export type Option = ParseArgsOptionDescriptor & {
  readonly value?: string;
  readonly help: string;
  readonly once?: true;
};
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

/** Commands below one name, such as `ffn job list`. */
export type CommandGroup = {
  /** A description in one line. */
  readonly help: string;
  /** Example command lines, without `ffn` and the group's name. */
  readonly examples: readonly string[];
  readonly actions: Readonly<Record<string, Command>>;
};

/** Options of every command. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', help: 'print JSON, one object per line' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
} as const satisfies Options;

/** Parses the arguments of a command. Throws a usage error for an unknown option. */
export function parse(command: Command, args: readonly string[]): Pick<Run, 'positionals' | 'values'> {
  const options: Options = { ...command.options, ...COMMON_OPTIONS };
  const { positionals, values, tokens } = parsed(joined(args, options), options);
  const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const twice = names.find((name, index) => options[name]?.once === true && names.indexOf(name) < index);
  if (twice !== undefined) throw usageError(`--${twice} is given twice`);
  return { positionals, values: values as Values };
}

function parsed(args: string[], options: Options) {
  try {
    return parseArgs({ args, options, allowPositionals: true, tokens: true });
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
  const seconds = secondsIn(text);
  if (seconds === undefined) throw usageError(`--${name} takes seconds or a time such as 1:30, not "${text}"`);
  return seconds;
}

/** Returns the seconds of a time such as 90, 1:30 or 1:02:03.5; undefined for anything else. */
export function secondsIn(text: string): number | undefined {
  if (!/^(?:\d+:){0,2}\d+(?:\.\d+)?$/.test(text)) return undefined;
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** Returns the only argument. */
export function argumentOf({ positionals }: Run): string {
  return positionals[0] ?? '';
}

import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { usageError } from '../exit-codes.ts';
import type { Report } from '../output/report.ts';

/** An option and its help: the name of its value, if it takes one, and what it does. */
export type Option = ParseArgsOptionDescriptor & { readonly value?: string; readonly help: string };
export type Options = Readonly<Record<string, Option>>;

/** What was typed; each option at most once. */
export type Values = Readonly<Partial<Record<string, string | boolean>>>;

export type Run = {
  readonly positionals: readonly string[];
  readonly values: Values;
  readonly report: Report;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
};

export type Command = {
  /** Its arguments, as the help writes them. */
  readonly usage: string;
  readonly help: string;
  readonly options: Options;
  /** The number of arguments it takes. */
  readonly takes: readonly [least: number, most: number];
  run(run: Run): Promise<void>;
};

/** Options that every command has. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', help: 'JSON, an object a line' },
  help: { type: 'boolean', short: 'h', help: 'this' },
} as const satisfies Options;

/** Throws a usage error for arguments that the command does not know. */
export function parse(command: Command, args: readonly string[]): Pick<Run, 'positionals' | 'values'> {
  const options = { ...command.options, ...COMMON_OPTIONS };
  try {
    const { positionals, values } = parseArgs({ args: joined(args, options), options, allowPositionals: true });
    return { positionals, values: values as Values };
  } catch (error) {
    // Node explains at length how arguments that begin with a dash are given.
    throw usageError((error as Error).message.split(/\. /)[0] ?? '');
  }
}

/** Joins an option with a negative number after it, which is its value. */
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

/** Returns the text of an option; undefined when it was not given. */
export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Throws a usage error for anything but a number. */
export function numberOf(values: Values, name: string): number | undefined {
  const text = textOf(values, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw usageError(`--${name} takes a number, not "${text}"`);
  return number;
}

/** Parses seconds, also written as 1:30 or 1:02:03.5. Throws a usage error for anything else. */
export function secondsOf(values: Values, name: string): number | undefined {
  const text = textOf(values, name);
  if (text === undefined) return undefined;
  if (!/^(?:\d+:){0,2}\d+(?:\.\d+)?$/.test(text)) throw usageError(`--${name} takes seconds or 1:30, not "${text}"`);
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** The only argument. */
export function argumentOf({ positionals }: Run): string {
  return positionals[0] ?? '';
}

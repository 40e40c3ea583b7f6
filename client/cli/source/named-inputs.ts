import { AppError } from '#lib/errors.ts';
import { fileOf } from './file-argument.ts';

/** The inputs of a job that is made from arguments. */
export type NamedInputs = {
  /** Each input with its URL, or with its absolute path. */
  readonly inputs: Readonly<Record<string, string>>;
  nameOf(source: string): string;
  /** Returns a text of the service with the arguments instead of the names of the inputs. */
  inWords(text: string): string;
  /** Returns an error of the service that names the argument. */
  named(error: AppError): AppError;
};

/**
 * Names files and URLs input-1, input-2, … A source that is used twice is one input. `clips`: the arguments of a concat, or
 * the one that another step adds.
 */
export function namedInputs(sources: readonly string[], clips: readonly string[] = sources): NamedInputs {
  const distinct = [...new Set(sources)];
  const nameOf = (source: string) => `${PREFIX}${distinct.indexOf(source) + 1}`;
  const sourceOf = (name: string) => shown(distinct[Number(name.slice(PREFIX.length)) - 1] ?? name);

  function inWords(text: string): string {
    return text
      .replaceAll(CLIP, (whole, index = '0', field?: string) => {
        const clip = clips[Number(index)];
        return clip === undefined ? whole : `${shown(clip)}${field === undefined ? '' : `: ${field}`}`;
      })
      .replaceAll(NAME, (_, name: string) => sourceOf(name));
  }

  return {
    inputs: Object.fromEntries(distinct.map((source) => [nameOf(source), fileOf(source) ?? source])),
    nameOf,
    inWords,
    named(error) {
      const { code, details, recoverable, cause } = error;
      const words = inWords(error.message);
      const { input } = details;
      const source = typeof input === 'string' ? sourceOf(input) : '';
      const message = words.includes(source) ? words : `${source}: ${words}`;
      return new AppError(code, details, { message, recoverable, cause });
    },
  };
}

/** Returns an argument without the query of a URL, which may be a signature. */
function shown(argument: string): string {
  return fileOf(argument) === undefined ? argument.replace(/\?[^#]*/, '?…') : argument;
}

const PREFIX = 'input-';
/** A name as messages have it: `inputs.input-1`, `input input-1`. */
const NAME = /(?:inputs\.|\binput )?\b(input-\d+)\b/g;
const CLIP = /\bsteps\[0\]\.input(?:s\[(\d+)\]|(?!s))(?:\.(\w+))?/g;

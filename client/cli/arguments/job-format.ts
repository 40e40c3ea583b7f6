import { extname } from 'node:path';
import { FORMATS, type Format, type FormatTraits } from '#lib/jobs/spec/vocabulary.ts';
import { usageError } from '../exit-codes.ts';

/** What a format holds. */
export type FormatKind = FormatTraits['kind'];

/** Returns whether an output of this format is a folder of files, not one file. */
export function isPackage(format: string): boolean {
  return formatsOf(['package']).some((each) => each === format);
}

/** Other endings of names. */
const ALIASES: Readonly<Record<string, Format>> = { jpeg: 'jpg', m4v: 'mp4', qt: 'mov' };

/** Returns the formats of these kinds. */
export function formatsOf(kinds: readonly FormatKind[]): Format[] {
  return (Object.keys(FORMATS) as Format[]).filter((format) => kinds.includes(FORMATS[format].kind));
}

/**
 * Returns the format of a file: the one that is named, or that of the ending of the file's name. Throws a usage error that
 * lists the formats of these kinds.
 */
export function jobFormat(
  { output, named }: { readonly output: string | undefined; readonly named: string | undefined },
  kinds: readonly FormatKind[],
): Format {
  const formats = formatsOf(kinds);
  const asked = (named ?? extname(output ?? '').slice(1)).toLowerCase();
  const found = formats.find((format) => format === (ALIASES[asked] ?? asked));
  if (found !== undefined) return found;
  const list = formats.join(', ');
  if (named !== undefined) throw usageError(`--format takes ${list}, not "${named}"`);
  if (output === undefined || output === '') throw usageError('-o OUTPUT is missing');
  if (output === '-') throw usageError(`standard output needs --format: ${list}`);
  throw usageError(`no format known for "${output}": the endings are ${list}; or use --format`);
}

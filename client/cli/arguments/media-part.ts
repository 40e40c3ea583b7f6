import { usageError } from '../exit-codes.ts';
import { secondsIn } from './command.ts';

/** A file or URL on the command line, whole or in part: times in seconds. */
export type MediaPart = { readonly source: string; readonly from?: number; readonly to?: number };

/**
 * Returns the part that an argument such as `a.mp4#t=10,20` names: a temporal fragment (W3C Media Fragments URI 1.0,
 * 4.2.1), which holds seconds or times such as 1:30, and whose start or end may be missing. An argument that is the name
 * of a file stays whole. Throws a usage error for a fragment that is no time.
 */
export function mediaPart(argument: string, isFile: (argument: string) => boolean): MediaPart {
  const at = argument.lastIndexOf(MARK);
  if (at <= 0 || isFile(argument)) return { source: argument };
  const [start = '', end, ...rest] = argument
    .slice(at + MARK.length)
    .replace(/^npt:/, '')
    .split(',');
  const from = start === '' ? undefined : secondsIn(start);
  const to = end === undefined ? undefined : secondsIn(end);
  const isRange = from !== undefined || (start === '' && to !== undefined);
  if (!isRange || (end !== undefined && to === undefined) || rest.length > 0)
    throw usageError(`"${argument}" ends with no time: write a part as #t=10,20 or #t=1:30,2:00`);
  const source = argument.slice(0, at);
  return { source, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

const MARK = '#t=';

/** Returns the only argument, which must be whole. Throws a usage error for a part. */
export function wholeMedia(argument: string, isFile: (argument: string) => boolean): string {
  const { source } = mediaPart(argument, isFile);
  if (source !== argument)
    throw usageError(`"${argument}" is a part, and only whole files can stand there: cut it with trim`);
  return source;
}

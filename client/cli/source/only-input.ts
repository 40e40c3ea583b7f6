import { argumentOf, type Run } from '../arguments/command.ts';
import { wholeMedia } from '../arguments/media-part.ts';
import { isFile } from './file-argument.ts';
import { type NamedInputs, namedInputs } from './named-inputs.ts';

/** Returns the input of an action that takes one file or URL. Throws a usage error for a part of one. */
export function onlyInput(run: Run): NamedInputs {
  return namedInputs([wholeMedia(argumentOf(run), isFile)]);
}

import type { JobRequest } from '../../../service/job-request.ts';
import { type Command, numberOf, type Run, textOf } from '../../arguments/command.ts';
import { FILM_OPTIONS, formatOption, MAKE_OPTIONS, outputOf } from '../../arguments/job-options.ts';
import { mediaPart } from '../../arguments/media-part.ts';
import { usageError } from '../../exit-codes.ts';
import { isFile } from '../../source/file-argument.ts';
import { namedInputs } from '../../source/named-inputs.ts';
import { withStills } from '../../source/still-pictures.ts';
import { make } from './make.ts';

const KINDS = ['film', 'sound', 'animation'] as const;
/** Clips of one concat on the service. */
const MOST_CLIPS = 500;

/** `ffn job concat a.mp4 b.mp4 -o out.mp4`. */
export const concat: Command = {
  usage: 'FILE|URL… -o OUTPUT',
  help: 'Join films, sounds and pictures, or parts of them, into one file',
  notes: `Sizes, rates and codecs may differ. The first one gives the size and the frame rate, unless --base names another one.

A part ends with its times: talk.mp4#t=10,20 or talk.mp4#t=1:30,2:00, and #t=10 for the rest or #t=,10 for the beginning. A
picture is shown for 5 seconds: logo.png#t=0,8 shows it for 8.`,
  examples: [
    'intro.mp4 talk.mov -o film.mp4',
    'talk.mov#t=0,10 logo.png talk.mov#t=1:30,2:00 -o short.mp4 --quality high',
    'one.mp4 two.mp4 three.mp4 -o film.mp4 --transition fade --transition-seconds 0.5',
  ],
  takes: [1, MOST_CLIPS],
  options: {
    ...MAKE_OPTIONS,
    ...formatOption(KINDS),
    base: { type: 'string', value: 'N', help: 'the number of the input that gives size and frame rate (default 1)' },
    transition: {
      type: 'string',
      value: 'NAME',
      help: 'between each two inputs: fade, dissolve, wipeleft, slideup, …',
    },
    'transition-seconds': { type: 'string', value: 'N', help: 'how long each transition takes (default 1)' },
    ...FILM_OPTIONS,
  },
  async run(run) {
    const { positionals, values } = run;
    const parts = positionals.map((argument) => mediaPart(argument, isFile));
    const inputs = namedInputs(
      parts.map(({ source }) => source),
      positionals,
    );
    const clips = parts.map(({ source, ...range }) => ({ input: inputs.nameOf(source), ...range }));
    const request: JobRequest = {
      inputs: withStills(parts, inputs),
      base: inputs.nameOf(baseOf(run, parts)),
      steps: [{ op: 'concat', inputs: clips, ...transitionOf(run) }],
      output: outputOf(values, KINDS),
    };
    await make(run, { inputs, request });
  },
};

function transitionOf({ values }: Run) {
  const type = textOf(values, 'transition');
  const seconds = numberOf(values, 'transition-seconds');
  if (type === undefined && seconds !== undefined) throw usageError('--transition-seconds needs --transition');
  return type === undefined ? {} : { transition: { type, ...(seconds !== undefined && { seconds }) } };
}

function baseOf({ values }: Run, parts: readonly { readonly source: string }[]): string {
  const number = numberOf(values, 'base') ?? 1;
  const part = parts[number - 1];
  if (part === undefined)
    throw usageError(`--base takes the number of an input, 1 to ${parts.length}, not "${number}"`);
  return part.source;
}

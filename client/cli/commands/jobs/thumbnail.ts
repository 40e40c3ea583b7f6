import type { Command } from '../../arguments/command.ts';
import { formatOption, MAKE_OPTIONS, outputOf, PICTURE_OPTIONS } from '../../arguments/job-options.ts';
import { onlyInput } from '../../source/only-input.ts';
import { make } from './make.ts';

const KINDS = ['picture'] as const;

/** `ffn job thumbnail a.mp4 --at 3 -o poster.jpg`. */
export const thumbnail: Command = {
  usage: 'FILE|URL --at TIME -o OUTPUT',
  help: 'Take one picture from a film',
  examples: ['talk.mov --at 1:30 -o poster.jpg', 'talk.mov -o small.png --width 320'],
  takes: [1, 1],
  options: {
    at: { type: 'string', value: 'TIME', help: 'the time of the picture: seconds, or a time such as 1:30 (default 0)' },
    ...MAKE_OPTIONS,
    ...formatOption(KINDS),
    ...PICTURE_OPTIONS,
  },
  async run(run) {
    const inputs = onlyInput(run);
    await make(run, { inputs, request: { inputs: inputs.inputs, output: outputOf(run.values, KINDS) } });
  },
};

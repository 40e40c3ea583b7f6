import type { Command } from '../../arguments/command.ts';
import { FILM_OPTIONS, formatOption, MAKE_OPTIONS, outputOf } from '../../arguments/job-options.ts';
import { onlyInput } from '../../source/only-input.ts';
import { make } from './make.ts';

const KINDS = ['film', 'sound', 'picture', 'animation'] as const;

/** `ffn job convert a.mov -o a.webm`. */
export const convert: Command = {
  usage: 'FILE|URL -o OUTPUT',
  help: 'Convert a film, sound or picture to another format, size or quality',
  notes: 'For several files from one pass over the input, use "ffn job submit".',
  examples: [
    'holiday.mov -o holiday.webm',
    'tall.mp4 -o wide.mp4 --width 1280 --height 720 --background blur',
    'talk.mp4 -o talk.mp3 --audio-bitrate 96k',
    'clip.mp4 -o clip.gif --width 320 --fps 10',
  ],
  takes: [1, 1],
  options: { ...MAKE_OPTIONS, ...formatOption(KINDS), ...FILM_OPTIONS },
  async run(run) {
    const inputs = onlyInput(run);
    await make(run, { inputs, request: { inputs: inputs.inputs, output: outputOf(run.values, KINDS) } });
  },
};

import type { Command } from '../../arguments/command.ts';
import { modeOf, optionsIn, type StepOptions } from '../../arguments/step-options.ts';
import { TEXT_LOOK_OPTIONS } from '../../arguments/text-options.ts';
import { makeWithStep, stepActionOptions } from './make-with-step.ts';

const KINDS = ['film', 'animation'] as const;
const MODES = ['embed', 'burn'] as const;
const OPTIONS: StepOptions = {
  language: {
    ...{ type: 'string', value: 'CODE', field: 'language', takes: 'text' },
    help: 'their language: three letters, such as eng',
  },
  default: { type: 'boolean', help: '--embed: players show them unasked', field: 'default', takes: 'flag' },
  encoding: {
    ...{ type: 'string', value: 'NAME', field: 'encoding', takes: 'text' },
    help: 'of the file, such as windows-1251 (default: recognised)',
  },
  ...optionsIn('style', TEXT_LOOK_OPTIONS),
};

/** `ffn job subtitles a.mp4 a.srt --burn -o subtitled.mp4`. */
export const subtitles: Command = {
  usage: 'FILE|URL SUBTITLES --embed|--burn -o OUTPUT',
  help: 'Add subtitles to a film, or write them on its picture',
  notes: `SUBTITLES is a file or URL: SRT, WebVTT, ASS or SSA. Embedded subtitles can be shown or hidden by a player, which decides how
they look. The options of the look are for --burn.`,
  examples: [
    'talk.mov talk.srt --embed --language eng -o talk.mkv',
    'talk.mov talk.srt --burn -o talk.mp4 --font-size 0.08 --box-color "#000000a0"',
  ],
  takes: [2, 2],
  options: {
    embed: { type: 'boolean', help: 'add a stream, which a player shows or hides' },
    burn: { type: 'boolean', help: 'write them on the picture' },
    ...stepActionOptions(OPTIONS, KINDS),
  },
  async run(run) {
    const mode = modeOf(run.values, MODES);
    await makeWithStep(run, { op: 'subtitles', fields: { mode }, options: OPTIONS, kinds: KINDS });
  },
};

import { type Command, textOf } from '../../arguments/command.ts';
import { FADE_OPTIONS, RANGE_OPTIONS, type StepOptions } from '../../arguments/step-options.ts';
import { TEXT_LOOK_OPTIONS } from '../../arguments/text-options.ts';
import { usageError } from '../../exit-codes.ts';
import { makeWithStep, stepActionOptions } from './make-with-step.ts';

const KINDS = ['film', 'picture', 'animation'] as const;
const OPTIONS: StepOptions = {
  text: { type: 'string', value: 'TEXT', help: 'the text, as it is (required)', field: 'text', takes: 'text' },
  ...RANGE_OPTIONS,
  ...FADE_OPTIONS,
  ...TEXT_LOOK_OPTIONS,
};

/** `ffn job text a.mp4 --text Hello -o titled.mp4`. */
export const text: Command = {
  usage: 'FILE|URL --text TEXT -o OUTPUT',
  help: 'Write a text on a film or picture',
  notes: 'It lies at the bottom unless --position or --x and --y say otherwise.',
  examples: [
    'talk.mov --text "Part one" -o titled.mp4 --from 1 --to 5 --fade-in 0.5',
    'photo.jpg --text "© 2026" -o signed.jpg --position bottom-right --font-size 24 --box-color "#00000080"',
  ],
  takes: [1, 1],
  options: stepActionOptions(OPTIONS, KINDS),
  async run(run) {
    if (textOf(run.values, 'text') === undefined) throw usageError('--text TEXT is missing');
    await makeWithStep(run, { op: 'text', options: OPTIONS, kinds: KINDS });
  },
};

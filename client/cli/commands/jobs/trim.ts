import { type Command, secondsOf } from '../../arguments/command.ts';
import { FILM_OPTIONS, formatOption, MAKE_OPTIONS, outputOf } from '../../arguments/job-options.ts';
import { usageError } from '../../exit-codes.ts';
import { onlyInput } from '../../source/only-input.ts';
import { make } from './make.ts';

const KINDS = ['film', 'sound', 'animation'] as const;

/** `ffn job trim a.mp4 --from 1:30 --to 2:00 -o part.mp4`. */
export const trim: Command = {
  usage: 'FILE|URL --from TIME --to TIME -o OUTPUT',
  help: 'Cut a part out of a film or sound',
  examples: ['talk.mov --from 1:30 --to 2:00 -o part.mp4', 'song.flac --to 30 -o beginning.mp3'],
  takes: [1, 1],
  options: {
    from: { type: 'string', value: 'TIME', help: 'where the part begins: seconds, or a time such as 1:30 (default 0)' },
    to: { type: 'string', value: 'TIME', help: 'where it ends (default: at the end)' },
    ...MAKE_OPTIONS,
    ...formatOption(KINDS),
    ...FILM_OPTIONS,
  },
  async run(run) {
    const { values } = run;
    const inputs = onlyInput(run);
    const [from, to] = [secondsOf(values, 'from'), secondsOf(values, 'to')];
    if (from === undefined && to === undefined) throw usageError('trim needs --from or --to');
    const step = { op: 'trim', ...(from !== undefined && { from }), ...(to !== undefined && { to }) } as const;
    await make(run, { inputs, request: { inputs: inputs.inputs, steps: [step], output: outputOf(values, KINDS) } });
  },
};

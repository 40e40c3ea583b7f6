import type { Command } from '../../arguments/command.ts';
import { FADE_OPTIONS, modeOf, RANGE_OPTIONS, type StepOptions } from '../../arguments/step-options.ts';
import { makeWithStep, stepActionOptions } from './make-with-step.ts';

const KINDS = ['film', 'sound'] as const;
const MODES = ['replace', 'mix'] as const;
const NUMBER = { type: 'string', value: 'N', takes: 'number' } as const;
const OPTIONS: StepOptions = {
  ...RANGE_OPTIONS,
  offset: {
    ...{ type: 'string', value: 'TIME', field: 'offset', takes: 'seconds' },
    help: 'where SOUND begins in the film (default: at --from)',
  },
  volume: { ...NUMBER, field: 'volume', help: 'factor of SOUND, 0 to 4 (default 1)' },
  'original-volume': { ...NUMBER, field: 'original_volume', help: '--mix: factor of the other sound (default 1)' },
  ...FADE_OPTIONS,
  loop: { type: 'boolean', help: 'begin SOUND again until --to', field: 'loop', takes: 'flag' },
  duck: {
    ...{ ...NUMBER, value: 'DB', field: 'duck' },
    help: '--mix: dB by which SOUND is lowered while the other one speaks, 0 to 30, such as 12 (default 0)',
  },
};

/** `ffn job audio a.mp4 music.mp3 --mix --duck 12 -o scored.mp4`. */
export const audio: Command = {
  usage: 'FILE|URL SOUND --replace|--mix -o OUTPUT',
  help: 'Replace the sound of a film, or mix another one with it',
  notes: `SOUND is a file or URL that has sound, or a part of it, such as music.mp3#t=10,20. The length of the film stays. An H.264
picture is copied, unless --quality or --video-bitrate asks for an encode.`,
  examples: [
    'film.mp4 music.mp3 --replace --loop -o scored.mp4',
    'talk.mov music.mp3 --mix --loop --volume 0.5 --duck 12 --fade-out 3 -o talk.mp4',
  ],
  takes: [2, 2],
  options: {
    replace: { type: 'boolean', help: 'SOUND instead of what was heard before, from --from to --to' },
    mix: { type: 'boolean', help: 'both are heard' },
    ...stepActionOptions(OPTIONS, KINDS),
  },
  async run(run) {
    const mode = modeOf(run.values, MODES);
    await makeWithStep(run, { op: 'audio', fields: { mode }, options: OPTIONS, kinds: KINDS, takesPart: true });
  },
};

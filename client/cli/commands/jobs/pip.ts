import type { Command } from '../../arguments/command.ts';
import { PLACE_OPTIONS, RANGE_OPTIONS, type StepOptions } from '../../arguments/step-options.ts';
import { makeWithStep, stepActionOptions } from './make-with-step.ts';

const KINDS = ['film', 'picture', 'animation'] as const;
const NUMBER = { type: 'string', value: 'N', takes: 'number' } as const;
const OPTIONS: StepOptions = {
  ...PLACE_OPTIONS,
  width: { ...NUMBER, field: 'width', help: 'up to 1 a share of the width, else pixels (default 0.3)' },
  height: { ...NUMBER, field: 'height', help: 'the same; with --width, a frame that is filled' },
  'border-width': { ...NUMBER, field: 'border.width', help: 'below 1 a share of the width, else pixels (default 0)' },
  'border-color': {
    ...{ type: 'string', value: 'COLOUR', field: 'border.color', takes: 'text' },
    help: 'such as "#1a2b3c" (default "#ffffff")',
  },
  radius: { ...NUMBER, field: 'border.radius', help: 'of the corners: 0.5 is the roundest, from 1 pixels (default 0)' },
  opacity: { ...NUMBER, field: 'opacity', help: '0 to 1 (default 1)' },
  ...RANGE_OPTIONS,
  volume: { ...NUMBER, field: 'volume', help: 'factor of its sound, 0 to 4 (default 0: silent)' },
  'at-end': {
    ...{ type: 'string', value: 'NAME', field: 'at_end', takes: 'text' },
    help: 'where PICTURE ends before --to: hide (default), hold its last frame, or loop',
  },
};

/** `ffn job pip a.mp4 logo.png -o marked.mp4`. */
export const pip: Command = {
  usage: 'FILE|URL PICTURE -o OUTPUT',
  help: 'Show a picture in the picture: a film, a logo, a watermark',
  notes: `PICTURE is a film or a still picture, a file or URL, or a part of a film, such as face.mp4#t=10,20. It lies at the top right
unless --position or --x and --y say otherwise. Transparency is kept.`,
  examples: [
    'talk.mov logo.png -o marked.mp4 --width 0.15 --opacity 0.6',
    'screen.mp4 face.mp4 -o both.mp4 --position bottom-left --radius 0.5 --border-width 4 --volume 1',
  ],
  takes: [2, 2],
  options: stepActionOptions(OPTIONS, KINDS),
  async run(run) {
    await makeWithStep(run, { op: 'pip', options: OPTIONS, kinds: KINDS, takesPart: true });
  },
};

import type { JobOutputRequest } from '../../service/job-request.ts';
import { CONNECTION_OPTIONS } from '../connection.ts';
import { numberOf, type Options, secondsOf, textOf, type Values } from './command.ts';
import { type FormatKind, formatsOf, jobFormat } from './job-format.ts';

/** Options of an action that makes a file with a job. */
export const MAKE_OPTIONS = {
  output: {
    type: 'string',
    short: 'o',
    value: 'OUTPUT',
    once: true,
    help: 'the file to write; - for standard output (required, except with --no-wait and --dry-run)',
  },
  priority: { type: 'string', value: 'N', help: '1 to 10: a lower number runs first (default 5)' },
  'on-damage': {
    type: 'string',
    value: 'NAME',
    help: 'fail (default), or keep: use what can be read of a damaged input',
  },
  'no-wait': { type: 'boolean', help: 'print the id of the job and end: "ffn job get" downloads its file later' },
  'dry-run': { type: 'boolean', help: 'upload and check the inputs and print the plan, but make nothing' },
  key: { type: 'string', value: 'KEY', help: 'Idempotency-Key (default: a random one); all inputs must be URLs' },
  ...CONNECTION_OPTIONS,
} as const satisfies Options;

/** Options of the picture of a file. */
export const PICTURE_OPTIONS = {
  width: {
    type: 'string',
    value: 'PIXELS',
    help: 'even; the height follows if it is not given (default: that of the input)',
  },
  height: { type: 'string', value: 'PIXELS', help: 'even; the width follows if it is not given' },
  fit: { type: 'string', value: 'NAME', help: 'contain (default): with bars; cover: edges are cut; stretch' },
  background: { type: 'string', value: 'COLOUR', help: 'of the bars, such as "#1a2b3c"; or blur (default "#000000")' },
  quality: { type: 'string', value: 'NAME', help: 'draft, standard (default) or high; not with --video-bitrate' },
} as const satisfies Options;

/** Options of films and sounds. */
export const FILM_OPTIONS = {
  ...PICTURE_OPTIONS,
  fps: {
    type: 'string',
    value: 'N',
    help: '23.976, 24, 25, 29.97, 30, 50, 59.94 or 60 (default: near that of the input); in gif 5, 10, 12.5, 20 or 25',
  },
  'video-codec': { type: 'string', value: 'NAME', help: 'h264 or vp9 (default: vp9 in webm, else h264)' },
  'audio-codec': { type: 'string', value: 'NAME', help: 'aac, mp3, opus or pcm (default: by format)' },
  'video-bitrate': { type: 'string', value: 'RATE', help: 'such as 2500k, instead of --quality' },
  'audio-bitrate': { type: 'string', value: 'RATE', help: 'such as 192k (default 128k)' },
} as const satisfies Options;

/** Returns the option that names the format, for an action whose files are of these kinds. */
export function formatOption(kinds: readonly FormatKind[]) {
  const help = `${formatsOf(kinds).join(', ')} (default: from the ending of OUTPUT)`;
  return { format: { type: 'string', value: 'NAME', help } } as const satisfies Options;
}

const NUMBERS = ['width', 'height', 'fps'] as const;
const TEXTS = ['fit', 'background', 'quality', 'video-codec', 'audio-codec', 'video-bitrate', 'audio-bitrate'] as const;

/** Returns the output that the options describe. Throws a usage error for a format of another kind, or no number. */
export function outputOf(values: Values, kinds: readonly FormatKind[]): JobOutputRequest {
  const format = jobFormat({ output: textOf(values, 'output'), named: textOf(values, 'format') }, kinds);
  const fields = [
    ['format', format],
    ...NUMBERS.map((name) => [name, numberOf(values, name)]),
    ...TEXTS.map((name) => [name.replace('-', '_'), textOf(values, name)]),
    ['at', secondsOf(values, 'at')],
  ];
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

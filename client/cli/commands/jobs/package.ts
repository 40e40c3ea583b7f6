import type { JobOutputRequest } from '../../../service/job-request.ts';
import { type Command, textOf } from '../../arguments/command.ts';
import { formatsOf } from '../../arguments/job-format.ts';
import { FILM_OPTIONS, MAKE_OPTIONS, outputOf } from '../../arguments/job-options.ts';
import { onlyInput } from '../../source/only-input.ts';
import { make } from './make.ts';

const KINDS = ['package'] as const;
const { fit, background, quality, fps, 'audio-bitrate': audioBitrate } = FILM_OPTIONS;

/** `ffn job package a.mp4 -o web/`. */
export const packageFilm: Command = {
  usage: 'FILE|URL -o FOLDER',
  help: 'Make a package for players, HLS or DASH, in several sizes',
  notes: 'The playlists name their files relatively: any web server that answers range requests can serve FOLDER.',
  examples: ['talk.mov -o web/', 'talk.mov -o web/ --format dash --ladder 1080p,480p,audio'],
  takes: [1, 1],
  options: {
    ...MAKE_OPTIONS,
    output: {
      ...MAKE_OPTIONS.output,
      value: 'FOLDER',
      help: 'the folder of the files (required, except with --no-wait and --dry-run)',
    },
    format: { type: 'string', value: 'NAME', help: `${formatsOf(KINDS).join(' or ')} (default hls)` },
    ladder: {
      type: 'string',
      value: 'NAMES',
      help: 'of 2160p, 1440p, 1080p, 720p, 480p, 360p, 240p and audio (default: what the input fills, and audio)',
    },
    ...{ fit, background, quality, fps, 'audio-bitrate': audioBitrate },
  },
  async run(run) {
    const { values } = run;
    const inputs = onlyInput(run);
    const output = outputOf({ ...values, format: textOf(values, 'format') ?? 'hls' }, KINDS);
    const ladder = ladderOf(textOf(values, 'ladder'));
    await make(run, { inputs, request: { inputs: inputs.inputs, output: { ...output, ...ladder } } });
  },
};

function ladderOf(names: string | undefined): Pick<JobOutputRequest, 'ladder'> {
  if (names === undefined) return {};
  // The schema of requests refuses unknown names.
  return { ladder: names.split(',').map((name) => name.trim()) as JobOutputRequest['ladder'] & object };
}

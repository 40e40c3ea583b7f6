import { z } from 'zod';
import { BACKGROUND, bitrate, choice, closed, FIT, kilobits, name, seconds, side } from './fields.ts';
import { SPEC_LIMITS } from './limits.ts';
import {
  ANIMATION_RATES,
  AUDIO_CODECS,
  audioCodecOf,
  FORMATS,
  type Format,
  type FormatTraits,
  FRAME_RATES,
  QUALITIES,
  RUNGS,
  type Rung,
  VIDEO_CODEC_CHOICES,
} from './vocabulary.ts';

const FORMAT_NAMES = Object.keys(FORMATS) as [Format, ...Format[]];
const RATES = ratesOf(FRAME_RATES);
const SLOW_RATES = ratesOf(ANIMATION_RATES);
const ALL_RATES = ratesOf({ ...FRAME_RATES, ...ANIMATION_RATES });

function ratesOf(rates: object): number[] {
  return Object.keys(rates)
    .map(Number)
    .sort((a, b) => a - b);
}

const LADDER_ERROR = `ladder must be a list of ${RUNGS.join(', ')}`;
const DESTINATION_ERROR = `destination must be a URL of at most ${SPEC_LIMITS.url} characters`;

export const OUTPUT = closed('an output', {
  name: name('name').optional().meta({ description: 'Name of the file in the result; output-1, … by default.' }),
  format: choice('format', FORMAT_NAMES).meta({
    description: 'A film, sound alone, one picture, an animation, or a package for players: hls or dash.',
  }),
  ladder: z
    .array(choice('ladder', RUNGS as readonly Rung[] as [Rung, ...Rung[]]), { error: LADDER_ERROR })
    .min(1, { error: LADDER_ERROR })
    .refine((rungs) => new Set(rungs).size === rungs.length, { error: 'ladder has a rung twice' })
    .optional()
    .meta({
      description:
        'Packages: the sizes between which a player chooses, and audio for sound alone. By default the four largest of ' +
        '2160p, 1080p, 720p, 480p, 360p and 240p that the timeline fills, and audio.',
    }),
  video_codec: choice('video_codec', VIDEO_CODEC_CHOICES).optional().meta({
    description:
      'Films: h264, but vp9 in webm. Without quality and video_bitrate, a picture of this codec is copied where nothing changes it; copy fails instead of encoding, and takes any codec.',
  }),
  audio_codec: choice('audio_codec', AUDIO_CODECS).optional().meta({ description: 'Codec of the sound, by format.' }),
  width: side('width').optional().meta({ description: 'Width in pixels, even; that of the timeline by default.' }),
  height: side('height').optional().meta({ description: 'Height in pixels, even; that of the timeline by default.' }),
  fit: FIT.optional(),
  background: BACKGROUND.optional(),
  fps: z
    .literal(ALL_RATES, { error: `fps must be one of ${RATES.join(', ')}; in gif one of ${SLOW_RATES.join(', ')}` })
    .optional()
    .meta({
      description: `Frames per second: ${RATES.join(', ')}, by default the nearest to the average of the base. In gif ${SLOW_RATES.join(', ')}, 12.5 by default.`,
    }),
  quality: choice('quality', QUALITIES)
    .optional()
    .meta({ description: 'Quality of the picture that is encoded, standard by default; not with video_bitrate.' }),
  video_bitrate: bitrate('video_bitrate', { min: 50, max: 100_000 })
    .optional()
    .meta({ description: 'Films: average bitrate of the picture, such as "2500k", instead of quality.' }),
  audio_bitrate: bitrate('audio_bitrate', { min: 32, max: 320 })
    .optional()
    .meta({ description: 'Bitrate of the sound, "128k" by default; at most 256k with opus, not with pcm.' }),
  destination: z
    .string({ error: DESTINATION_ERROR })
    .min(1, { error: DESTINATION_ERROR })
    .max(SPEC_LIMITS.url, { error: DESTINATION_ERROR })
    .optional()
    .meta({
      description:
        "Where the file is sent instead of the service's bucket: a signed URL for PUT, or s3://bucket/key in a bucket of DESTINATION_BUCKETS.",
    }),
  at: seconds('at').optional().meta({ description: 'Pictures: the time of the frame in the timeline; 0 by default.' }),
});
export type OutputSpec = z.output<typeof OUTPUT> & { readonly name: string };

type Field = keyof z.output<typeof OUTPUT>;

const COMMON: readonly Field[] = ['name', 'format', 'destination'];
const FRAME: readonly Field[] = ['width', 'height', 'fit', 'background'];
const SOUND: readonly Field[] = ['audio_codec', 'audio_bitrate'];

/** The fields of an output of each kind. */
const CARRIED: Readonly<Record<FormatTraits['kind'], readonly Field[]>> = {
  film: [...COMMON, ...FRAME, ...SOUND, 'video_codec', 'fps', 'quality', 'video_bitrate'],
  sound: [...COMMON, ...SOUND],
  picture: [...COMMON, ...FRAME, 'quality', 'at'],
  animation: [...COMMON, ...FRAME, 'fps'],
  package: ['name', 'format', 'ladder', 'fit', 'background', 'fps', 'quality', 'audio_bitrate'],
};

/** Returns what is wrong with an output, each with its field. */
export function outputOffences(output: z.output<typeof OUTPUT>): [field: Field, message: string][] {
  const { format } = output;
  const traits: FormatTraits = FORMATS[format];
  const given = Object.keys(output).filter((field) => output[field as Field] !== undefined) as Field[];
  const fields = CARRIED[traits.kind];
  const found: [Field, string][] = given
    .filter((field) => !fields.includes(field))
    .map((field) => [field, `${field} is not a field of ${format}, which has ${fields.join(', ')}`]);
  if (found.length > 0) return found;
  if (output.quality !== undefined && output.video_bitrate !== undefined) {
    found.push(['video_bitrate', 'video_bitrate and quality exclude each other']);
  }
  for (const field of output.video_codec === 'copy' ? (['quality', 'video_bitrate'] as const) : []) {
    if (output[field] !== undefined) found.push([field, `${field} is not possible with video_codec copy`]);
  }
  for (const [field, codecs] of [
    ['video_codec', traits.kind === 'film' ? [...traits.video, 'copy'] : []],
    ['audio_codec', 'audio' in traits ? traits.audio : []],
  ] as const) {
    const asked = output[field];
    if (asked !== undefined && !(codecs as readonly string[]).includes(asked)) {
      found.push([field, `${field} must be one of ${codecs.join(', ')} in ${format}`]);
    }
  }
  const rates = traits.kind === 'animation' ? SLOW_RATES : RATES;
  if (output.fps !== undefined && !rates.includes(output.fps)) {
    found.push(['fps', `fps must be one of ${rates.join(', ')} in ${format}`]);
  }
  return [...found, ...bitrateOffences(output)];
}

function bitrateOffences(output: z.output<typeof OUTPUT>): [Field, string][] {
  const { audio_bitrate: asked } = output;
  const codec = audioCodecOf(output);
  if (asked === undefined) return [];
  if (codec === 'pcm') return [['audio_bitrate', 'audio_bitrate is not allowed with pcm']];
  if (codec === 'opus' && kilobits(asked) > 256) {
    return [['audio_bitrate', 'audio_bitrate must be at most 256k with opus']];
  }
  return [];
}

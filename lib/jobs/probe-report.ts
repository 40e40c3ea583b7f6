import { z } from 'zod';

const INDEX = z.int().min(0).meta({ description: 'Number of the stream in the file.' });
const CODEC = z.string().meta({ description: 'Name of the codec, as ffmpeg names it.' });
const PROFILE = z.string().nullable().meta({ description: 'Profile of the codec; null when it has none.' });
const START = z.number().min(0).meta({ description: 'Where the stream begins in the file, seconds.' });
const END = z.number().min(0).nullable().meta({ description: 'Where it ends; null when the file does not state it.' });
const LANGUAGE = z.string().nullable().meta({ description: 'Language, such as `rus`; null when the file names none.' });
const DEFAULT = z.boolean().meta({ description: 'Whether it is the default stream of its kind.' });
const COLOR = z.string().nullable();

const VIDEO_STREAM = z.strictObject({
  type: z.literal('video').meta({ description: 'A picture, still or moving.' }),
  index: INDEX,
  codec: CODEC,
  profile: PROFILE,
  width: z.int().meta({ description: 'Width in pixels as coded, before it is turned.' }),
  height: z.int().meta({ description: 'Height in pixels as coded.' }),
  rotation: z.int().meta({ description: 'Degrees clockwise that make it upright: 0, 90, 180 or 270.' }),
  pixel_aspect: z.number().meta({ description: 'Width of a pixel divided by its height.' }),
  upright_width: z.int().meta({ description: 'Width with square pixels, turned upright.' }),
  upright_height: z.int().meta({ description: 'Height with square pixels, turned upright.' }),
  average_rate: z.number().nullable().meta({ description: 'Average frames per second; null when it is not known.' }),
  base_rate: z
    .number()
    .nullable()
    .meta({ description: 'The lowest rate at which all time stamps are exact; null when it is not known.' }),
  pixel_format: z.string().nullable().meta({ description: 'Pixel format, such as `yuv420p`; null when not known.' }),
  color: z
    .strictObject({ range: COLOR, space: COLOR, primaries: COLOR, transfer: COLOR })
    .meta({ description: 'Colour as ffmpeg names it; null for what the file does not state.' }),
  start_seconds: START,
  end_seconds: END,
  language: LANGUAGE,
  default: DEFAULT,
});

const AUDIO_STREAM = z.strictObject({
  type: z.literal('audio').meta({ description: 'Sound.' }),
  index: INDEX,
  codec: CODEC,
  profile: PROFILE,
  sample_rate: z.int().meta({ description: 'Samples per second.' }),
  channels: z.int().meta({ description: 'Number of channels.' }),
  layout: z.string().nullable().meta({ description: 'Layout of the channels, such as `5.1`; null when not known.' }),
  start_seconds: START,
  end_seconds: END,
  language: LANGUAGE,
  default: DEFAULT,
});

const OTHER_STREAM = z.strictObject({
  index: INDEX,
  codec: CODEC.nullable(),
  language: LANGUAGE,
  not_used_because: z
    .enum(['attached_picture', 'attachment', 'data', 'subtitles', 'unknown'])
    .meta({ description: 'What it is, and so why no job uses it; `unknown` if ffmpeg cannot decode it.' }),
});

const UNKNOWN = z.strictObject({
  field: z.enum(['seconds', 'bytes', 'streams']).meta({ description: 'Name of the field that is null.' }),
  because: z.string().meta({ description: 'Why it is not known.' }),
});

/** The response to `POST /api/probe`. */
export const PROBE_REPORT = z.strictObject({
  kind: z.enum(['media', 'picture', 'subtitles']).meta({ description: 'What the source is.' }),
  container: z.string().nullable().meta({ description: 'Container, such as `mp4`, `png` or `srt`; null if unknown.' }),
  seconds: z.number().min(0).nullable().meta({ description: 'Length; null for a still picture, and if unknown.' }),
  bytes: z.int().min(0).nullable().meta({ description: 'Size; null if the server does not state it.' }),
  streams: z
    .array(z.discriminatedUnion('type', [VIDEO_STREAM, AUDIO_STREAM]))
    .nullable()
    .meta({ description: 'The streams that a job can use; null if the ends of the file do not show them.' }),
  other_streams: z.array(OTHER_STREAM).nullable().meta({ description: 'The other streams; null as `streams`.' }),
  unknown: z.array(UNKNOWN).meta({ description: 'Why a field is null.' }),
});
export type ProbeReport = z.output<typeof PROBE_REPORT>;
export type ProbedStream = NonNullable<ProbeReport['streams']>[number];
export type OtherStream = NonNullable<ProbeReport['other_streams']>[number];
export type UnknownField = z.output<typeof UNKNOWN>;

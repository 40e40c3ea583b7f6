import { AppError } from '#lib/errors.ts';
import type { MediaFacts, OtherFacts, Ratio, StreamFacts } from './facts.ts';
import { demuxerOf, probedInput } from './formats.ts';

/**
 * Returns the arguments of ffprobe for the facts of a file. It prints JSON for `readFacts`. Without a demuxer, the name
 * of the file must have no extension: ffprobe would take `a.jpg` for a sequence of pictures.
 */
export function probeArguments(file: string, demuxer?: string): string[] {
  return [
    '-v',
    'error',
    '-show_format',
    '-show_streams',
    '-show_chapters',
    ...DIGESTS,
    '-of',
    'json',
    ...probedInput(file, demuxer),
  ];
}

/** The parameters of a decoder are printed as a digest. */
const DIGESTS = ['-show_data_hash', 'md5'];

/** What libavutil logs for a picture above `-max_pixels`. */
const HUGE = /Picture size (\d+)x(\d+) exceeds specified max pixel count (\d+)/;

function refuseHuge(log: string): void {
  const [found, width, height, max] = HUGE.exec(log) ?? [];
  if (found === undefined) return;
  const details = { limit: 'picture_pixels', value: Number(width) * Number(height), max: Number(max) };
  const message = `the picture is ${width}x${height}, above the limit of ${max} pixels`;
  throw new AppError('LIMIT_EXCEEDED', { ...details, phase: 'probing' }, { message });
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Parses the JSON and the log of ffprobe. Throws UNSUPPORTED_FORMAT when ffprobe recognised no allowed container or no
 * stream that can be used, and LIMIT_EXCEEDED when a picture is so large that it was not decoded.
 */
export function readFacts(json: string, log = ''): MediaFacts {
  refuseHuge(log);
  const { format, streams, chapters } = parsed(json);
  const container = textOf(format['format_name']) ?? '';
  if (demuxerOf(container) === undefined) throw unsupported(`the input is ${container || 'not media'}`);
  const startSeconds = numberOf(format['start_time']) ?? 0;
  const facts: MediaFacts = {
    container,
    seconds: numberOf(format['duration']),
    startSeconds,
    bytes: numberOf(format['size']) ?? 0,
    streams: streams.map((stream) => streamFacts(stream, startSeconds)),
    chapters: chapters.length,
    brokenAtSeconds: null,
  };
  if (facts.streams.every(({ kind }) => kind === 'other')) throw unsupported('the input has no picture and no sound');
  return facts;
}

function streamFacts(stream: Fields, fileStart: number): StreamFacts {
  const index = numberOf(stream['index']) ?? 0;
  const codec = textOf(stream['codec_name']);
  const disposition = fieldsOf(stream['disposition']);
  const language = languageOf(stream);
  const because = reasonAgainst(stream, disposition);
  if (because !== undefined || codec === null) {
    return { kind: 'other', index, codec, language, because: because ?? 'unknown' };
  }
  const startSeconds = Math.max(0, (numberOf(stream['start_time']) ?? fileStart) - fileStart);
  const length = numberOf(stream['duration']);
  const common = {
    index,
    codec,
    profile: textOf(stream['profile']),
    startSeconds,
    endSeconds: length === null ? null : startSeconds + length,
    language,
    isDefault: disposition['default'] === 1,
  };
  if (stream['codec_type'] === 'audio') {
    return {
      ...common,
      kind: 'sound',
      sampleRate: numberOf(stream['sample_rate']) ?? 0,
      channels: numberOf(stream['channels']) ?? 0,
      layout: textOf(stream['channel_layout']),
    };
  }
  return {
    ...common,
    kind: 'picture',
    width: numberOf(stream['width']) ?? 0,
    height: numberOf(stream['height']) ?? 0,
    pixelAspect: ratioOf(stream['sample_aspect_ratio'], ':') ?? 1,
    rotation: rotationOf(stream),
    averageRate: ratioOf(stream['avg_frame_rate'], '/'),
    baseRate: ratioOf(stream['r_frame_rate'], '/'),
    exactRate: fractionOf(stream['r_frame_rate']),
    timeBase: fractionOf(stream['time_base']),
    lastFrameSeconds: null,
    frames: numberOf(stream['nb_frames']),
    cuts: null,
    isRegular: null,
    hasHiddenFrames: null,
    hasShownTimes: null,
    firstBytes: null,
    pixelFormat: textOf(stream['pix_fmt']),
    hasAlphaPicture: hasAlphaPicture(stream),
    color: {
      range: textOf(stream['color_range']),
      space: textOf(stream['color_space']),
      primaries: textOf(stream['color_primaries']),
      transfer: textOf(stream['color_transfer']),
    },
    fieldOrder: textOf(stream['field_order']),
    extradata: textOf(stream['extradata_hash']),
  };
}

/** Kinds of streams that are never used. */
const OTHER_KINDS: Readonly<Record<string, OtherFacts['because']>> = {
  attachment: 'attachment',
  data: 'data',
  subtitle: 'subtitles',
};

function reasonAgainst(stream: Fields, disposition: Fields): OtherFacts['because'] | undefined {
  const kind = textOf(stream['codec_type']) ?? '';
  if (kind !== 'video' && kind !== 'audio') return OTHER_KINDS[kind] ?? 'unknown';
  if (disposition['attached_pic'] === 1 || disposition['timed_thumbnails'] === 1) return 'attached_picture';
  const measured = kind === 'video' ? stream['width'] : stream['sample_rate'];
  return (numberOf(measured) ?? 0) > 0 ? undefined : 'unknown';
}

/** Longest name of a language that is believed. */
const LONGEST_LANGUAGE = 35;

/** `und` stands for an unknown one (ISO 639-2). */
function languageOf(stream: Fields): string | null {
  const name = textOf(fieldsOf(stream['tags'])['language']);
  return name === null || name === '' || name === 'und' || name.length > LONGEST_LANGUAGE ? null : name;
}

/** ffprobe counts counterclockwise, from −180 to 180. Only quarter turns change the size. */
function rotationOf(stream: Fields): number {
  const sides = Array.isArray(stream['side_data_list']) ? stream['side_data_list'] : [];
  const matrix = sides.map(fieldsOf).find((side) => side['rotation'] !== undefined);
  const quarters = Math.round(-(numberOf(matrix?.['rotation']) ?? 0) / 90);
  return (((quarters % 4) + 4) % 4) * 90;
}

/** A tag of Matroska and WebM, which muxers write in either case. */
function hasAlphaPicture(stream: Fields): boolean {
  return Object.entries(fieldsOf(stream['tags'])).some(([tag, value]) => /^alpha_mode$/i.test(tag) && value === '1');
}

function ratioOf(value: unknown, separator: string): number | null {
  const fraction = fractionOf(value, separator);
  return fraction === null ? null : fraction.num / fraction.den;
}

function fractionOf(value: unknown, separator = '/'): Ratio | null {
  const [num = 0, den = 0] = (textOf(value) ?? '').split(separator).map(Number);
  return Number.isFinite(num / den) && num / den > 0 ? { num, den } : null;
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== 'unknown' ? value : null;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

type Parsed = { readonly format: Fields; readonly streams: readonly Fields[]; readonly chapters: readonly unknown[] };

function parsed(json: string): Parsed {
  try {
    const { format, streams, chapters } = fieldsOf(JSON.parse(json));
    return {
      format: fieldsOf(format),
      streams: Array.isArray(streams) ? streams.map(fieldsOf) : [],
      chapters: Array.isArray(chapters) ? chapters : [],
    };
  } catch (cause) {
    // It prints nothing, or half of it, when it fails.
    throw new AppError('UNSUPPORTED_FORMAT', {}, { cause, message: 'the input cannot be read as media' });
  }
}

function unsupported(message: string): AppError {
  return new AppError('UNSUPPORTED_FORMAT', {}, { message });
}

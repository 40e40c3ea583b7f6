import type { FilterPatch } from '#lib/playback/settings.ts';
import { OUTPUT_FORMATS, type OutputFormat } from '#lib/profiles/audio.ts';
import type { TranscodeRequest } from '../../request.ts';
import { numberOf, type Options, secondsOf, textOf, type Values } from './command.ts';

/** Options that change the sound. */
export const FILTER_OPTIONS = {
  speed: { type: 'string', value: 'FACTOR', help: '0.5 to 2; the pitch stays' },
  pitch: { type: 'string', value: 'SEMITONES', help: '-12 to 12; the tempo stays' },
  eq: {
    type: 'string',
    value: 'NAME',
    help: 'flat, bass_boost, voice, treble; or ten gains in dB: 3,2,0,0,0,0,0,0,1,2',
  },
  volume: { type: 'string', value: 'FACTOR', help: '0 to 2' },
} as const satisfies Options;

/** Options that choose a part of the source. */
export const PART_OPTIONS = {
  start: { type: 'string', value: 'TIME', help: 'where to begin: seconds, or 1:30' },
  duration: { type: 'string', value: 'TIME', help: 'how much of the source to play' },
} as const satisfies Options;

/** Options of the encoder. */
export const ENCODING_OPTIONS = {
  bitrate: { type: 'string', value: 'RATE', help: 'as 96k; not with pcm' },
  preset: { type: 'string', value: 'NAME', help: 'lowlatency, standard, high' },
  rate: { type: 'string', value: 'HZ', help: 'samples a second; 48000' },
  channels: { type: 'string', value: 'N', help: '1 or 2' },
} as const satisfies Options;

/** Returns the named filters. Throws a usage error for anything but a number. */
export function filtersOf(values: Values): FilterPatch {
  const eq = textOf(values, 'eq');
  const gains = eq?.split(',').map((gain) => Number(gain.trim() || Number.NaN));
  const equalization = gains?.every(Number.isFinite) ? { equalizer: gains } : { eq_preset: eq };
  return defined({
    speed: numberOf(values, 'speed'),
    pitch: numberOf(values, 'pitch'),
    volume: numberOf(values, 'volume'),
    ...equalization,
  }) as FilterPatch;
}

/** Returns the request for the arguments; the client checks its values. */
export function requestOf(values: Values, format: OutputFormat, source_url: string): TranscodeRequest {
  return defined({
    source_url,
    output_format: format,
    quality_preset: textOf(values, 'preset'),
    bitrate: textOf(values, 'bitrate'),
    sample_rate: numberOf(values, 'rate'),
    channels: numberOf(values, 'channels'),
    filters: filtersOf(values),
    start_at: secondsOf(values, 'start'),
    duration: secondsOf(values, 'duration'),
    ...(values['live'] === true ? ADJUSTABLE_LIVE : {}),
  }) as TranscodeRequest;
}

/** Live, and adjustable from the beginning: a stream without `adjust` needs another encoder to change its speed. */
export const ADJUSTABLE_LIVE = {
  live: true,
  adjust: ['speed', 'equalizer', 'volume'],
} satisfies Partial<TranscodeRequest>;

const FORMATS: Readonly<Record<string, OutputFormat>> = {
  ...Object.fromEntries(OUTPUT_FORMATS.map((format) => [format, format])),
  ogg: 'opus',
  raw: 'pcm',
  s16le: 'pcm',
};

/** Returns the format for its name in the service, or for the extension of a file; undefined for any other. */
export function formatOf(name: string): OutputFormat | undefined {
  return FORMATS[name.toLowerCase()];
}

function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

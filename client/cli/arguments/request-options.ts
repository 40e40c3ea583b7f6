import { z } from 'zod';
import { EQ_PRESETS } from '#lib/filters/equalizer.ts';
import { ADJUSTABLE, type Adjustable } from '#lib/filters/live.ts';
import { FILTERS } from '#lib/playback/filter-fields.ts';
import { DEFAULT_ADJUST, type FilterPatch } from '#lib/playback/settings.ts';
import { OUTPUT_FORMATS, type OutputFormat } from '#lib/profiles/audio.ts';
import type { TranscodeRequest } from '../../request.ts';
import { usageError } from '../exit-codes.ts';
import { numberOf, type Option, type Options, secondsOf, textOf, type Values } from './command.ts';

/** Returns an option for each numeric filter, described by its schema, and one for the equaliser. */
export function filterOptions(filters: z.ZodType): Options {
  const { properties = {} } = z.toJSONSchema(filters, { io: 'input' }) as { properties?: Record<string, NumberField> };
  const options = Object.entries(properties).map(([name, field]): [string, Option] | undefined => {
    if (name === 'eq_preset') return ['eq', EQ_OPTION];
    if (field.type !== 'number') return undefined;
    const [, unit = '', effect = ''] = /^(\w+)[^;]*?(;.*)?\.$/.exec(field.description) ?? [];
    const help = `${field.minimum} to ${field.maximum}${effect}`;
    return [name, { type: 'string', value: unit.toUpperCase(), help }];
  });
  return Object.fromEntries(options.filter((option) => option !== undefined));
}

type NumberField = {
  readonly type: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly description: string;
};

const EQ_OPTION: Option = {
  type: 'string',
  value: 'NAME',
  help: `${EQ_PRESETS.join(', ')}; or ten gains in dB, such as 3,2,0,0,0,0,0,0,1,2`,
};

/** Options that change the sound. */
export const FILTER_OPTIONS: Options = filterOptions(FILTERS);

/** Options that select a part of the source. */
export const PART_OPTIONS = {
  start: { type: 'string', value: 'TIME', help: 'start here: seconds, or a time such as 1:30 (default 0)' },
  duration: { type: 'string', value: 'TIME', help: 'how much of the source to use (default: to its end)' },
} as const satisfies Options;

/** Options of the encoding. */
export const ENCODING_OPTIONS = {
  bitrate: { type: 'string', value: 'RATE', help: 'such as 96k; not with pcm (default: that of the preset)' },
  preset: { type: 'string', value: 'NAME', help: 'lowlatency, standard or high (default standard)' },
  rate: { type: 'string', value: 'HZ', help: 'sample rate (default 48000)' },
  channels: { type: 'string', value: 'N', help: '1 or 2 (default 2)' },
} as const satisfies Options;

/** Returns the filters of the options. Throws a usage error for a value that is not a number. */
export function filtersOf(values: Values): FilterPatch {
  const eq = textOf(values, 'eq');
  const gains = eq?.split(',').map((gain) => Number(gain.trim() || Number.NaN));
  const equalization = gains?.every(Number.isFinite) ? { equalizer: gains } : { eq_preset: eq };
  const numbers = Object.keys(FILTER_OPTIONS).filter((name) => name !== 'eq');
  return defined({
    ...Object.fromEntries(numbers.map((name) => [name, numberOf(values, name)])),
    ...equalization,
  }) as FilterPatch;
}

/** Returns the request of the options. The client validates its values. */
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
  }) as TranscodeRequest;
}

/** Options of a live stream. */
export const LIVE_OPTIONS = {
  adjust: {
    type: 'string',
    value: 'NAMES',
    help: `what "ffn set" may change: ${ADJUSTABLE.join(', ')} (default ${DEFAULT_ADJUST.join(',')})`,
  },
} as const satisfies Options;

/**
 * Returns the fields of a live stream. It is adjustable from the start, since a stream without `adjust` needs another
 * encoder to change its speed. Throws a usage error for an unknown name.
 */
export function liveOf(values: Values): Partial<TranscodeRequest> {
  const names =
    textOf(values, 'adjust')
      ?.split(',')
      .map((name) => name.trim()) ?? DEFAULT_ADJUST;
  return { live: true, adjust: names.map(adjustableOf) };
}

function adjustableOf(name: string): Adjustable {
  const found = ADJUSTABLE.find((adjustable) => adjustable === name);
  if (found === undefined) throw usageError(`--adjust takes names of ${ADJUSTABLE.join(', ')}, not "${name}"`);
  return found;
}

const FORMATS: Readonly<Record<string, OutputFormat>> = {
  ...Object.fromEntries(OUTPUT_FORMATS.map((format) => [format, format])),
  ogg: 'opus',
  raw: 'pcm',
  s16le: 'pcm',
};

/** Returns the format of a format name or file extension; undefined for an unknown one. */
export function formatOf(name: string): OutputFormat | undefined {
  return FORMATS[name.toLowerCase()];
}

function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

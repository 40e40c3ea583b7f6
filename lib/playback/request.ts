import { z } from 'zod';
import { ADJUSTABLE } from '#lib/filters/live.ts';
import {
  BITRATE_RANGES,
  maxAacBitrate,
  OPUS_SAMPLE_RATES,
  OUTPUT_FORMATS,
  QUALITY_PRESETS,
  SAMPLE_RATES,
} from '#lib/profiles/audio.ts';
import { changesOf, FILTERS, oneEqualizer } from './filter-fields.ts';
import { numberWithin, oneOf } from './ranges.ts';
import { LEAD_SECONDS, type PlaybackSettings } from './settings.ts';

/** The filters that `PATCH /transcodes/{id}/filters` changes. Absent ones stay as they are. */
export const FILTER_PATCH = z.strictObject(changesOf(FILTERS.shape)).check(oneEqualizer);

const LONGEST_SECONDS = 1_000_000;
const BITRATE_ERROR = 'bitrate must be a whole number of kbit/s followed by k, such as "96k"';

/** The body of `POST /transcode`. */
export const TRANSCODE_REQUEST = z
  .strictObject({
    source_url: z
      .string({ error: 'source_url must be a URL' })
      .min(1, { error: 'source_url must be a URL' })
      .max(8_192, { error: 'source_url must be at most 8192 characters' })
      .meta({
        description: 'URL of the source: http, https or s3://bucket/key.',
        examples: ['https://example.org/a.mp3'],
      }),
    output_format: z
      .enum(OUTPUT_FORMATS, oneOf('output_format', OUTPUT_FORMATS))
      .meta({ description: 'Format of the output: Opus in Ogg, AAC in ADTS, or PCM as raw s16le samples.' }),
    quality_preset: z
      .enum(QUALITY_PRESETS, oneOf('quality_preset', QUALITY_PRESETS))
      .default('standard')
      .meta({ description: 'Default bitrate and encoder effort; lowlatency also shortens the frames.' }),
    bitrate: z
      .string({ error: BITRATE_ERROR })
      .regex(/^[1-9]\d{0,2}k$/, { error: BITRATE_ERROR })
      .optional()
      .meta({ description: 'Bitrate in kbit/s, such as "96k": Opus 6k–256k, AAC 32k–320k; not allowed with pcm.' }),
    sample_rate: z
      .literal([...SAMPLE_RATES], oneOf('sample_rate', SAMPLE_RATES))
      .default(48_000)
      .meta({ description: 'Samples per second of the output, in Hz. Opus takes 8000, 16000, 24000 and 48000.' }),
    channels: z
      .literal([1, 2], oneOf('channels', [1, 2]))
      .default(2)
      .meta({ description: 'Channels of the output: 1 is mono, 2 is stereo.' }),
    filters: FILTERS.prefault({}).meta({
      description: 'Filters, applied in the order speed, pitch, equalizer, volume.',
    }),
    start_at: numberWithin('start_at', 0, LONGEST_SECONDS, ' seconds')
      .default(0)
      .meta({ description: 'Start position in the source, in seconds; rounded to an output sample.' }),
    duration: z
      .number({ error: 'duration must be a number of seconds' })
      .positive({ error: 'duration must be above 0 seconds' })
      .max(LONGEST_SECONDS, { error: `duration must be at most ${LONGEST_SECONDS} seconds` })
      .optional()
      .meta({ description: 'Seconds of the source to play; to its end by default.' }),
    live: z
      .boolean({ error: 'live must be true or false' })
      .default(false)
      .meta({ description: 'Streams in real time; the filters can then be changed while the stream plays.' }),
    adjust: z
      .array(z.enum(ADJUSTABLE, oneOf('adjust', ADJUSTABLE)), { error: 'adjust must be a list' })
      .max(ADJUSTABLE.length, { error: `adjust must have at most ${ADJUSTABLE.length} entries` })
      .optional()
      .meta({
        description:
          'Only with live: what can change while it plays; by default speed, equalizer (and eq_preset) and volume.',
      }),
    lead_seconds: numberWithin('lead_seconds', LEAD_SECONDS.min, LEAD_SECONDS.max, ' seconds').optional().meta({
      description:
        'Only with live: seconds it may be ahead of real time, 2 by default; filter changes are heard that much later.',
    }),
  })
  .check(({ value, issues }) => {
    for (const [path, message] of contradictions(value)) {
      issues.push({ code: 'custom', path: [path], input: value, message });
    }
  });

export type TranscodeRequest = z.output<typeof TRANSCODE_REQUEST>;

/** Returns the settings of a request. The names and units of the API end here. */
export function settingsOf(request: Omit<TranscodeRequest, 'source_url'>): PlaybackSettings {
  const { channels, filters, duration, live, adjust, bitrate } = request;
  return {
    format: request.output_format,
    preset: request.quality_preset,
    bitrate: bitrate === undefined ? undefined : bitrateOf(bitrate),
    sampleRate: request.sample_rate,
    channels,
    filters,
    startAt: request.start_at,
    duration,
    live,
    adjust,
    leadSeconds: request.lead_seconds,
  };
}

/** Converts a bitrate of the API to bit/s. */
function bitrateOf(bitrate: string): number {
  return Number.parseInt(bitrate, 10) * 1_000;
}

function contradictions(request: TranscodeRequest) {
  const { output_format: format, bitrate, sample_rate: sampleRate, channels, live } = request;
  const found: [field: string, message: string][] = [];
  for (const field of ['adjust', 'lead_seconds'] as const) {
    if (!live && request[field] !== undefined) found.push([field, `${field} is only allowed when live is true`]);
  }
  if (format === 'opus' && !OPUS_SAMPLE_RATES.includes(sampleRate)) {
    found.push(['sample_rate', `sample_rate must be one of ${OPUS_SAMPLE_RATES.join(', ')} with opus`]);
  }
  if (bitrate === undefined) return found;
  if (format === 'pcm') return [...found, ['bitrate', 'bitrate is not allowed with pcm'] satisfies [string, string]];
  const { min, max } = BITRATE_RANGES[format];
  const asked = bitrateOf(bitrate);
  if (asked < min * 1_000 || asked > max * 1_000) {
    found.push(['bitrate', `bitrate must be between ${min}k and ${max}k with ${format}`]);
  } else if (format === 'aac' && asked > maxAacBitrate(sampleRate, channels)) {
    const ceiling = Math.floor(maxAacBitrate(sampleRate, channels) / 1_000);
    const where = `for aac at ${sampleRate} Hz with ${channels} channel(s)`;
    found.push(['bitrate', `bitrate must be at most ${ceiling}k ${where}`]);
  }
  return found;
}

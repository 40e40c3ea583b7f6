import { z } from 'zod';
import { EQ_PRESETS, EQUALIZER_BANDS } from '#lib/filters/equalizer.ts';
import { numberWithin, oneOf } from './ranges.ts';

const BANDS = EQUALIZER_BANDS.length;
const BANDS_ERROR = `equalizer must be ${BANDS} numbers`;

/**
 * The filters of a request. The query, OpenAPI, filter changes, the options of `ffn` and the Python client are derived
 * from here. Only lib/filters, which builds them, and docs/reference/functions.md name each filter. The first word in
 * the description of a number is its unit.
 */
const FIELDS = {
  speed: numberWithin('speed', 0.5, 2)
    .meta({ description: 'Factor of the tempo; the pitch stays the same.' })
    .default(1),
  pitch: numberWithin('pitch', -12, 12, ' semitones')
    .meta({ description: 'Semitones by which the pitch is shifted; the tempo stays the same.' })
    .default(0),
  eq_preset: z.enum(EQ_PRESETS, oneOf('eq_preset', EQ_PRESETS)).optional().meta({
    description:
      'Equaliser preset: flat, +6 dB at 100 Hz (bass_boost), 200 Hz to 3 kHz only (voice), or +4 dB at 8 kHz (treble).',
  }),
  equalizer: z
    .array(numberWithin('equalizer', -12, 12, ' dB'), { error: BANDS_ERROR })
    .length(BANDS, { error: BANDS_ERROR })
    .optional()
    .meta({ description: `Gains in dB at ${EQUALIZER_BANDS.join(', ')} Hz; cannot be combined with eq_preset.` }),
  volume: numberWithin('volume', 0, 2).meta({ description: 'Factor by which the volume is multiplied.' }).default(1),
};

/** Adds an issue when both `eq_preset` and `equalizer` are set. */
export function oneEqualizer({
  value,
  issues,
}: z.core.ParsePayload<{ eq_preset?: unknown; equalizer?: unknown }>): void {
  if (value.eq_preset === undefined || value.equalizer === undefined) return;
  const message = 'equalizer and eq_preset cannot be combined: set only one of them';
  issues.push({ code: 'custom', path: ['equalizer'], input: value, message });
}

export const FILTERS = z.strictObject(FIELDS).check(oneEqualizer);

type Fields = Readonly<Record<string, z.ZodType>>;
type Changes<Of extends Fields> = {
  [Name in keyof Of]: Of[Name] extends z.ZodDefault<infer Inner extends z.ZodType> ? z.ZodOptional<Inner> : Of[Name];
};

/** Returns the fields without their defaults. */
export function changesOf<const Of extends Fields>(fields: Of): Changes<Of> {
  const changes = Object.entries(fields).map(([name, field]) => [
    name,
    field instanceof z.ZodDefault ? z.optional(field.unwrap()) : field,
  ]);
  return Object.fromEntries(changes);
}

export const FILTER_NAMES = Object.keys(FILTERS.shape) as readonly (keyof typeof FIELDS)[];

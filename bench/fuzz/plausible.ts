import { OPUS_SAMPLE_RATES } from '#lib/profiles/audio.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns a body that matches its schema, without fields that contradict each other, as a caller would write it.
 * Schemas cannot express which fields exclude each other.
 */
export function plausible(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const { filters, ...fields } = body as Fields;
  const whole = filters === undefined ? oneEqualizer(fields) : { ...fields, filters: oneEqualizer(filters as Fields) };
  if (!('output_format' in whole)) return whole;
  const { bitrate: _, adjust, lead_seconds, sample_rate, ...rest } = whole as Fields;
  const isForOpus = OPUS_SAMPLE_RATES.some((rate) => rate === Number(sample_rate));
  return {
    ...rest,
    ...(rest['live'] === true ? { adjust, lead_seconds } : {}),
    ...(rest['output_format'] === 'opus' && !isForOpus ? {} : { sample_rate }),
  };
}

function oneEqualizer(filters: Fields): Fields {
  const { equalizer, ...rest } = filters;
  return 'eq_preset' in rest || equalizer === undefined ? rest : filters;
}

import { OPUS_SAMPLE_RATES } from '#lib/profiles/audio.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns a body that matches its schema, without fields that contradict each other, as a caller would write it.
 * Schemas cannot express which fields exclude each other.
 */
export function plausible(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  if ('inputs' in body) return plausibleJob(body as Fields);
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

/** A job with one input, whose steps and output fit together. */
function plausibleJob({ inputs, steps, base: _, outputs, output, ...rest }: Fields): Fields {
  const [input = ''] = Object.values(inputs as Fields);
  const [first = output] = (outputs ?? []) as readonly unknown[];
  const { format = 'mp3' } = (first ?? {}) as Fields;
  const kept = ((steps ?? []) as readonly Fields[]).filter(
    ({ op }) => op !== 'concat' && (op !== 'subtitles' || FILMS.includes(format)),
  );
  return {
    ...rest,
    inputs: { a: typeof input === 'string' ? input : withoutText(input as Fields) },
    steps: [
      { op: 'concat', inputs: ['a', { input: 'a' }] },
      ...kept.map((step) => withoutText('input' in step ? { ...step, input: 'a' } : step)),
    ],
    output: { format },
  };
}

const FILMS: readonly unknown[] = ['mp4', 'mov', 'mkv', 'webm'];

/** No schema can list the names of encodings and languages. */
function withoutText({ encoding: _, language: __, ...fields }: Fields): Fields {
  return fields;
}

function oneEqualizer(filters: Fields): Fields {
  const { equalizer, ...rest } = filters;
  return 'eq_preset' in rest || equalizer === undefined ? rest : filters;
}

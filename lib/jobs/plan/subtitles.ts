import { AppError } from '#lib/errors.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import { carriesSubtitles } from '#lib/jobs/spec/vocabulary.ts';
import { decodeText } from '#lib/jobs/subtitles/decode.ts';
import { parseSubtitles, SUBTITLE_LIMITS } from '#lib/jobs/subtitles/parse.ts';
import type { PlannedSubtitles } from './job-plan.ts';
import { type PlacedSubtitles, shownCues } from './placed-subtitles.ts';
import type { refusal } from './refusal.ts';

/** The bytes of the inputs that are subtitles. */
export type Texts = ReadonlyMap<string, Uint8Array>;

export type SubtitleOptions = {
  readonly spec: Pick<JobSpec, 'inputs' | 'outputs'>;
  /** An input that is missing was not read: its cues are not known. */
  readonly texts: Texts;
  readonly warn: (text: string) => void;
};

/**
 * Returns the streams of subtitles of all films. One without a cue is left out, with a warning. Throws
 * UNSUPPORTED_FORMAT for a file without any cue, and LIMIT_EXCEEDED.
 */
export function subtitlesOf(placed: readonly PlacedSubtitles[], options: SubtitleOptions): PlannedSubtitles[] {
  const { spec, warn } = options;
  for (const [index, { format }] of spec.outputs.entries()) {
    if (placed.length > 0 && !carriesSubtitles(format)) {
      warn(`outputs[${index}] has no subtitles: ${format} cannot carry them`);
    }
  }
  for (const [name, { encoding, language }] of Object.entries(spec.inputs)) {
    const field = encoding === undefined ? 'language' : 'encoding';
    if ((encoding ?? language) !== undefined && !placed.some(({ step }) => step.input === name)) {
      warn(`inputs.${name}.${field} has no effect: the input is not used as subtitles`);
    }
  }
  let left: number = SUBTITLE_LIMITS.cues;
  return placed.flatMap((one) => {
    const planned = streamOf(one, left, options);
    left -= planned?.cues.length ?? 0;
    return planned === undefined ? [] : [planned];
  });
}

function streamOf(placed: PlacedSubtitles, most: number, { spec, texts, warn }: SubtitleOptions) {
  const { step, index } = placed;
  const { input } = step;
  const encoding = step.encoding ?? spec.inputs[input]?.encoding;
  const language = step.language ?? spec.inputs[input]?.language;
  const stream = { language: language ?? null, isDefault: step.default };
  const bytes = texts.get(input);
  if (bytes === undefined) return { ...stream, cues: [] };
  const place = { field: `steps[${index}].input`, input, step: index };
  const { text, guessed, lost } = decodeText(bytes, { encoding, language });
  const cues = parsed(text, most, { place, warn });
  if (guessed !== undefined) {
    warn(`inputs.${input} is not UTF-8 and has no encoding: it was read as ${guessed}, which may be wrong`);
  }
  if (lost > 0) warn(`inputs.${input} has ${lost} characters that its encoding does not have`);
  const { shown, late } = shownCues(cues, placed);
  if (late > 0) warn(`${late} cues of inputs.${input} begin after the end of the timeline: they are left out`);
  if (shown.length > 0) return { ...stream, cues: shown };
  warn(`steps[${index}] adds no subtitles: no cue of inputs.${input} is in the timeline`);
  return undefined;
}

type ParseOptions = { readonly place: Parameters<typeof refusal>[0]; readonly warn: (text: string) => void };

function parsed(text: string, most: number, { place, warn }: ParseOptions) {
  try {
    const { cues, skipped } = parseSubtitles(text, most);
    if (cues.length === 0) throw new AppError('UNSUPPORTED_FORMAT', {}, { message: 'it has no cue' });
    if (skipped > 0) warn(`${skipped} lines of inputs.${place.input} cannot be read as subtitles: they are skipped`);
    return cues;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details } = error;
    throw new AppError(
      code,
      { ...place, phase: 'probing', ...details },
      { cause: error, message: `inputs.${place.input}: ${message}` },
    );
  }
}

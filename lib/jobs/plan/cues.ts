import { AppError } from '#lib/errors.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { StepOf } from '#lib/jobs/spec/steps.ts';
import { refuseCrowd } from '#lib/jobs/subtitles/crowd.ts';
import type { Cue } from '#lib/jobs/subtitles/cue.ts';
import { decodeText } from '#lib/jobs/subtitles/decode.ts';
import { cueCollector, isAss, parseSubtitles, SUBTITLE_LIMITS } from '#lib/jobs/subtitles/parse.ts';

/** The bytes of the inputs that are subtitles. */
export type Texts = ReadonlyMap<string, Uint8Array>;

/** The subtitles of a step, in its own time. */
export type ReadCues = {
  /** What messages call them, such as `inputs.subs`. */
  readonly name: string;
  readonly cues: readonly Cue[];
  readonly language: string | null;
  /** All of a file of ASS or SSA; null for others. */
  readonly script: string | null;
};

export type CueOptions = {
  readonly spec: Pick<JobSpec, 'inputs'>;
  /** An input that is missing was not read: its cues are not known. */
  readonly texts: Texts;
  readonly warn: (text: string) => void;
};

/** Reads the subtitles of a step, of which the number is given. */
export type CueReader = (step: StepOf<'subtitles'>, index: number) => ReadCues;

/**
 * Creates a reader that counts the cues of a job. It throws UNSUPPORTED_FORMAT for a file without any cue, and
 * LIMIT_EXCEEDED `{limit: 'subtitle_cues'}` or `{limit: 'subtitle_cues_at_once'}`.
 */
export function createCueReader(options: CueOptions): CueReader {
  let left: number = SUBTITLE_LIMITS.cues;
  return (step, index) => {
    const field = step.input === undefined ? `steps[${index}].cues` : `steps[${index}].input`;
    const read = withPlace({ field, input: step.input, step: index }, () => {
      const found = step.input === undefined ? ofRequest(step, { left, index }) : ofInput(step, left, options);
      refuseCrowd(found.cues);
      return found;
    });
    left -= read.cues.length;
    return read;
  };
}

function ofRequest(step: StepOf<'subtitles'>, { left, index }: { left: number; index: number }): ReadCues {
  const collector = cueCollector(left);
  for (const { from, to, text } of step.cues ?? []) {
    collector.add({ fromMs: Math.round(from * 1_000), toMs: Math.round(to * 1_000), text });
  }
  const { cues } = collector.collected();
  if (cues.length === 0) throw new AppError('UNSUPPORTED_FORMAT', {}, { message: 'no cue has a text' });
  return { name: `steps[${index}].cues`, cues, language: step.language ?? null, script: null };
}

function ofInput(step: StepOf<'subtitles'>, left: number, { spec, texts, warn }: CueOptions): ReadCues {
  const { input = '' } = step;
  const name = `inputs.${input}`;
  const encoding = step.encoding ?? spec.inputs[input]?.encoding;
  const language = step.language ?? spec.inputs[input]?.language;
  const bytes = texts.get(input);
  if (bytes === undefined) return { name, language: language ?? null, cues: [], script: null };
  const { text, guessed, lost } = decodeText(bytes, { encoding, language });
  const { cues, skipped } = parseSubtitles(text, left);
  const script = isAss(text) ? text : null;
  // Drawings are no text, but they can be drawn.
  if (cues.length === 0 && (script === null || step.mode !== 'burn')) {
    throw new AppError('UNSUPPORTED_FORMAT', {}, { message: 'it has no cue' });
  }
  if (skipped > 0) warn(`${skipped} lines of ${name} cannot be read as subtitles: they are skipped`);
  if (guessed !== undefined) {
    warn(`${name} is not UTF-8 and has no encoding: it was read as ${guessed}, which may be wrong`);
  }
  if (lost > 0) warn(`${name} has ${lost} characters that its encoding does not have`);
  return { name, language: language ?? null, cues, script };
}

type CuePlace = { readonly field: string; readonly input: string | undefined; readonly step: number };

/** Adds to errors where in the request their cause stands. */
function withPlace<Result>({ field, input, step }: CuePlace, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details } = error;
    const where = { field, ...(input !== undefined && { input }), step, phase: 'probing' };
    const prefix = input === undefined ? field : `inputs.${input}`;
    throw new AppError(code, { ...where, ...details }, { cause: error, message: `${prefix}: ${message}` });
  }
}

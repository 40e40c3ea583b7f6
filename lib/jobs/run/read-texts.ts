import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#lib/errors.ts';
import { textInputs } from '#lib/jobs/spec/base.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import { SUBTITLE_LIMITS } from '#lib/jobs/subtitles/parse.ts';
import { overLimit } from './failures.ts';
import type { FetchedInput } from './fetch-inputs.ts';
import type { Scratch } from './scratch.ts';

/**
 * Returns the bytes of the inputs that a job uses as subtitles. Throws UNSUPPORTED_FORMAT for what is not subtitles and
 * LIMIT_EXCEEDED `{limit: 'subtitle_bytes'}`, with the input and the step in `details`.
 */
export async function readTexts(
  spec: Pick<JobSpec, 'steps'>,
  inputs: readonly FetchedInput[],
  scratch: Pick<Scratch, 'path'>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = textInputs(spec);
  const texts = new Map<string, Uint8Array>();
  for (const input of inputs.filter(({ name }) => names.includes(name))) {
    refuseText(spec, input);
    texts.set(input.name, await readFile(join(scratch.path, input.file)));
  }
  return texts;
}

/** Throws when an input that a job uses as subtitles is something else, or too large. */
export function refuseText(
  { steps }: Pick<JobSpec, 'steps'>,
  { name, bytes, format }: Pick<FetchedInput, 'name' | 'bytes' | 'format'>,
): void {
  const step = steps.findIndex((one) => one.op === 'subtitles' && one.input === name);
  const details = { field: `steps[${step}].input`, input: name, step, phase: 'probing' };
  if (format.kind !== 'subtitles') {
    const message = `inputs.${name} is not SRT, WebVTT or ASS subtitles`;
    throw new AppError('UNSUPPORTED_FORMAT', details, { message });
  }
  const { bytes: max } = SUBTITLE_LIMITS;
  if (bytes > max) throw overLimit('subtitle_bytes', bytes, max, details);
}

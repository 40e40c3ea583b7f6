import { AppError } from '#lib/errors.ts';
import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import { located } from './failures.ts';
import type { FetchedInput } from './fetch-inputs.ts';
import { inParallel } from './in-parallel.ts';
import { type ProbeOptions, probeFile } from './probe-file.ts';

/** How many inputs are probed at once. */
const WIDTH = 2;

/** Returns the facts of inputs by name. Throws as `probeFile` does, with the input in `details`. */
export async function probeInputs(
  inputs: readonly FetchedInput[],
  options: ProbeOptions,
): Promise<ReadonlyMap<string, MediaFacts>> {
  const facts = await inParallel(inputs, { width: WIDTH, signal: options.signal }, async (input, signal) => {
    const { name, file, format } = input;
    try {
      if (format.kind === 'subtitles') throw subtitles();
      return [name, await probeFile(file, { ...options, signal })] as const;
    } catch (error) {
      signal.throwIfAborted();
      throw final(located(error, { input: name, field: `inputs.${name}`, phase: 'probing' }, `input ${name}: `));
    }
  });
  return new Map(facts);
}

/** A file that takes too long to probe takes as long the next time. */
function final(error: AppError): AppError {
  if (error.code !== 'TIMEOUT') return error;
  return new AppError(error.code, error.details, { message: error.message, recoverable: false, cause: error });
}

function subtitles(): AppError {
  return new AppError('UNSUPPORTED_FORMAT', {}, { message: 'it is subtitles, and is used as a picture or as sound' });
}

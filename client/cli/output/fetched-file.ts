import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#lib/errors.ts';
import { openOutput, outputError } from './output-file.ts';

/**
 * Downloads a signed URL into an output. Resolves when the output is complete. Throws UNAVAILABLE for a download that
 * fails, and a CliError for an output that cannot be written.
 */
export async function fetchInto(url: string, output: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw unavailable('the object store cannot be reached', cause);
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw unavailable(`the object store responded with status ${response.status}`);
  }
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  await writeInto(body, output, signal);
}

/** Writes a body into an output, as `fetchInto` does. */
export async function writeInto(body: Readable, output: string, signal: AbortSignal): Promise<void> {
  const target = openOutput(output);
  let isOutputs = false;
  target.stream.on('error', () => {
    isOutputs = true;
  });
  try {
    await pipeline(body, target.stream, { end: target.stream !== process.stdout, signal });
    await target.finish();
  } catch (error) {
    await target.abandon({ keep: false });
    signal.throwIfAborted();
    throw isOutputs ? outputError(output, error as NodeJS.ErrnoException) : unavailable('the download was cut', error);
  }
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('UNAVAILABLE', { part: 'storage' }, { message, cause });
}

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#lib/errors.ts';
import { fileNamed, filesOf, namesOf } from '../../../service/job-files.ts';
import type { JobFile, JobRecord } from '../../../service/job-record.ts';
import { argumentOf, type Run, textOf } from '../../arguments/command.ts';
import { connect } from '../../connection.ts';
import { usageError } from '../../exit-codes.ts';
import { openOutput, outputError } from '../../output/output-file.ts';
import { size } from '../../output/words.ts';

export async function getFile(run: Run): Promise<void> {
  const output = textOf(run.values, 'output');
  if (output === undefined || output === '') throw usageError('-o OUTPUT is missing');
  using connection = connect(run);
  const { jobs } = connection.client;
  await download(await jobs.get(argumentOf(run), { signal: run.signal }), output, run);
}

/** Downloads a file of a completed job. */
export async function download(job: JobRecord, output: string, run: Run): Promise<void> {
  const file = chosenFile(job, textOf(run.values, 'name'));
  const response = await fetch(file.url, { signal: run.signal }).catch((cause: unknown) => {
    run.signal.throwIfAborted();
    throw unavailable('the object store cannot be reached', cause);
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw unavailable(`the object store responded with status ${response.status}`);
  }
  const target = openOutput(output);
  let isOutputs = false;
  target.stream.on('error', () => {
    isOutputs = true;
  });
  try {
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(body, target.stream, { end: target.stream !== process.stdout, signal: run.signal });
    await target.finish();
  } catch (error) {
    await target.abandon({ keep: false });
    run.signal.throwIfAborted();
    throw isOutputs ? outputError(output, error as NodeJS.ErrnoException) : unavailable('the download was cut', error);
  }
  const { url: _, ...about } = file;
  run.report.event('done', { id: job.id, output, ...about }, `${output}: ${file.format}, ${size(file.bytes)}`);
}

function chosenFile(job: JobRecord, name: string | undefined): JobFile {
  const files = filesOf(job);
  const file = fileNamed(files, name);
  if (file === undefined) throw usageError(`--name must be one of ${namesOf(files)}`);
  if (PACKAGES.has(file.format)) {
    const message = `${file.name} is a package of several files: players open its url, which ffn job show --json prints`;
    throw new AppError('CONFLICT', { reason: 'package' }, { message });
  }
  if (isSigned(file.url)) return file;
  const message = `the file was sent to the destination that the request names: ${file.url}`;
  throw new AppError('CONFLICT', { reason: 'destination', destination: file.url }, { message });
}

const PACKAGES: ReadonlySet<string> = new Set(['hls', 'dash']);

/** Returns whether the service signed a URL: that of a file that was sent elsewhere has no signature. */
function isSigned(url: string): boolean {
  return new URL(url).searchParams.has('X-Amz-Signature');
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('UNAVAILABLE', { part: 'storage' }, { message, cause });
}

import { join } from 'node:path';
import { AppError } from '#lib/errors.ts';
import { fileNamed, filesOf, namesOf } from '../../../service/job-files.ts';
import type { JobFile, JobRecord } from '../../../service/job-record.ts';
import { argumentOf, type Command, type Run, textOf } from '../../arguments/command.ts';
import { credentialsOf } from '../../arguments/credentials.ts';
import { isPackage } from '../../arguments/job-format.ts';
import { CONNECTION_OPTIONS, type Connection, connect } from '../../connection.ts';
import { usageError } from '../../exit-codes.ts';
import { fetchInto } from '../../output/fetched-file.ts';
import { fileWords } from '../../output/job-line.ts';
import { isStandardOutput } from '../../output/output-file.ts';
import { fetchPackage } from '../../output/package-folder.ts';

/** `ffn job get ID -o OUTPUT`. */
export const get: Command = {
  usage: 'ID -o OUTPUT',
  help: 'Download a file of a completed job',
  examples: [
    '0195f3a2-7c1e-7d44-9d52-5f0c8e7b1a36 -o film.mp4',
    '0195f3a2-7c1e-7d44-9d52-5f0c8e7b1a36 --name poster -o poster.jpg',
  ],
  takes: [1, 1],
  options: {
    output: {
      type: 'string',
      short: 'o',
      value: 'OUTPUT',
      once: true,
      help: 'the file to write, - for standard output; for a package, a folder (required)',
    },
    name: { type: 'string', value: 'NAME', help: 'which output, if there are several' },
    ...CONNECTION_OPTIONS,
  },
  async run(run) {
    const output = textOf(run.values, 'output');
    if (output === undefined || output === '') throw usageError('-o OUTPUT is missing');
    using connection = connect(run);
    const { jobs } = connection.client;
    await download(await jobs.get(argumentOf(run), { signal: run.signal }), output, { run, connection });
  },
};

export type DownloadOptions = { readonly run: Run; readonly connection: Connection };

/** Downloads a file of a completed job, or all files of a package. */
export async function download(
  job: JobRecord,
  output: string,
  { run: { values, report, signal }, connection }: DownloadOptions,
): Promise<void> {
  const { url, ...about } = chosenFile(job, textOf(values, 'name'));
  const done = { id: job.id, output, ...about };
  if (!isPackage(about.format)) {
    await fetchInto(url, output, signal);
    report.event('done', done, `${output}: ${fileWords(about)}`);
    return;
  }
  if (isStandardOutput(output)) throw usageError('a package is several files: -o takes a folder');
  const options = { serviceUrl: connection.url, credentials: credentialsOf(values), signal };
  const files = await fetchPackage(url, output, options);
  const words = `${output}: ${fileWords(about)}, ${files.length} files; play ${join(output, files[0] ?? '')}`;
  report.event('done', { ...done, files }, words);
}

function chosenFile(job: JobRecord, name: string | undefined): JobFile {
  const files = filesOf(job);
  const file = fileNamed(files, name);
  if (file === undefined) throw usageError(`--name must be one of ${namesOf(files)}`);
  if (isPackage(file.format) || isSigned(file.url)) return file;
  const message = `the file was sent to the destination that the request names: ${file.url}`;
  throw new AppError('CONFLICT', { reason: 'destination', destination: file.url }, { message });
}

/** Returns whether the service signed a URL: that of a file that was sent elsewhere has no signature. */
function isSigned(url: string): boolean {
  return new URL(url).searchParams.has('X-Amz-Signature');
}

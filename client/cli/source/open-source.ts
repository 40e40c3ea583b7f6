import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { AppError } from '#lib/errors.ts';
import type { Run } from '../arguments/command.ts';
import type { Connection } from '../connection.ts';
import { areRejected, CliError } from '../exit-codes.ts';
import { fileOf } from './file-argument.ts';
import { upload } from './upload.ts';

export type Source = {
  /** Its URL in requests. */
  readonly url: string;
  /** Its path, if it is a local file. */
  readonly file: string | undefined;
};

/**
 * Opens a source. A URL is used as it is; a file is uploaded, or read by the local ffmpeg if the upload fails. Throws a
 * CliError for a file that cannot be read.
 */
export async function openSource(
  argument: string,
  connection: Connection,
  { report, signal }: Pick<Run, 'report' | 'signal'>,
): Promise<Source> {
  const file = fileOf(argument);
  if (file === undefined) return { url: argument, file };
  const bytes = await sizeOf(file);
  try {
    const url = await upload(connection.calls, { file, bytes, signal });
    // If the service fails, the local ffmpeg continues with the file itself.
    connection.localFiles.set(url, pathToFileURL(file));
    report.event('source', { file, source_url: url, via: 'upload', bytes }, `uploaded as ${url}`);
    return { url, file };
  } catch (error) {
    if (!(error instanceof AppError) || !connection.hasFallback || areRejected(error)) throw error;
    const { code, message, details } = error;
    report.warn(
      { file, code, reason: message, details },
      `upload to ${connection.url} failed (${message}): the local ffmpeg reads ${file}`,
    );
    const url = pathToFileURL(file);
    connection.localFiles.set(url.href, url);
    return { url: url.href, file };
  }
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    throw new CliError('refused', `${file} cannot be read (${cause.code})`, { cause });
  });
  if (!found.isFile()) throw new CliError('refused', `${file} is not a regular file`);
  if (found.size === 0) throw new CliError('refused', `${file} is empty`);
  return found.size;
}

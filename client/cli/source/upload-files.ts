import { stat } from 'node:fs/promises';
import type { Connection } from '../connection.ts';
import { CliError } from '../exit-codes.ts';
import { upload } from './upload.ts';

/** What happens to a file while it is uploaded. */
export type UploadWatch = {
  /** Called before the first byte and after each part, with the bytes of the file that are uploaded. */
  progress(file: string, done: { readonly sent: number; readonly bytes: number }): void;
  uploaded(file: string, to: { readonly source_url: string; readonly bytes: number }): void;
};

export type UploadFilesOptions = {
  readonly calls: Connection['calls'];
  readonly signal: AbortSignal;
  readonly watch?: UploadWatch | undefined;
};

/**
 * Uploads files, each one once. Resolves with the URL of each. Looks at all files before the first one is uploaded:
 * throws a CliError for one that cannot be read.
 */
export async function uploadFiles(
  files: Iterable<string>,
  { calls, signal, watch }: UploadFilesOptions,
): Promise<Map<string, string>> {
  const sizes = new Map<string, number>();
  for (const file of files) sizes.set(file, sizes.get(file) ?? (await bytesOf(file)));
  const urls = new Map<string, string>();
  for (const [file, bytes] of sizes) {
    const onSent = (sent: number) => watch?.progress(file, { sent, bytes });
    onSent(0);
    const source_url = await upload(calls, { file, bytes, signal, onSent });
    watch?.uploaded(file, { source_url, bytes });
    urls.set(file, source_url);
  }
  return urls;
}

async function bytesOf(file: string): Promise<number> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    throw new CliError('local', `${file} cannot be read (${cause.code})`, { cause });
  });
  if (!found.isFile()) throw new CliError('local', `${file} is not a file`);
  if (found.size === 0) throw new CliError('local', `${file} is empty`);
  return found.size;
}

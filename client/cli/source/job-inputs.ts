import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { JobRequest } from '../../service/job-request.ts';
import type { Connection } from '../connection.ts';
import { CliError } from '../exit-codes.ts';
import { upload } from './upload.ts';

export type JobInputsOptions = {
  /** The file with the request: files are named relative to its folder. */
  readonly folder: string;
  readonly calls: Connection['calls'];
  readonly signal: AbortSignal;
};

/**
 * Uploads the inputs that are files of this machine, `./a.mp4` or `/videos/a.mp4`, and returns the request with their URLs.
 * Each file is uploaded once. Throws a CliError for a file that cannot be read.
 */
export async function withUploads(
  request: JobRequest,
  { folder, calls, signal }: JobInputsOptions,
): Promise<JobRequest> {
  const { inputs } = request;
  if (typeof inputs !== 'object' || inputs === null) return request;
  const uploaded = new Map<string, string>();

  async function urlOf(given: string): Promise<string> {
    if (!isPath(given)) return given;
    const file = resolve(folder === '-' ? '.' : dirname(folder), given);
    const url = uploaded.get(file) ?? (await upload(calls, { file, bytes: await bytesOf(file), signal }));
    uploaded.set(file, url);
    return url;
  }

  const urls: Record<string, JobRequest['inputs'][string]> = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (typeof input === 'string') urls[name] = await urlOf(input);
    else urls[name] = typeof input?.url === 'string' ? { ...input, url: await urlOf(input.url) } : input;
  }
  return { ...request, inputs: urls };
}

/** Returns whether an input of a request is a file of this machine. */
export function namesFiles({ inputs }: JobRequest): boolean {
  if (typeof inputs !== 'object' || inputs === null) return false;
  return Object.values(inputs).some((input) => isPath(typeof input === 'string' ? input : String(input?.url)));
}

function isPath(given: string): boolean {
  return /^\.{0,2}\//.test(given);
}

async function bytesOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch (cause) {
    throw new CliError('local', `${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
  throw new CliError('local', `${file} is not a file`);
}

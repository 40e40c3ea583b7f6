import { dirname, resolve } from 'node:path';
import type { JobRequest } from '../../service/job-request.ts';
import { type UploadFilesOptions, uploadFiles } from './upload-files.ts';

export type JobInputsOptions = UploadFilesOptions & {
  /** The file with the request: files are named relative to its folder. */
  readonly folder: string;
};

/**
 * Uploads the inputs that are files of this machine, `./a.mp4` or `/videos/a.mp4`, and returns the request with their URLs.
 * Each file is uploaded once. Throws a CliError for a file that cannot be read.
 */
export async function withUploads(request: JobRequest, { folder, ...options }: JobInputsOptions): Promise<JobRequest> {
  const { inputs } = request;
  if (typeof inputs !== 'object' || inputs === null) return request;
  const fileOf = (given: string) => resolve(folder === '-' ? '.' : dirname(folder), given);
  const files = Object.values(inputs)
    .flatMap((input) => pathOf(input) ?? [])
    .map(fileOf);
  const uploaded = await uploadFiles(files, options);

  const urls: Record<string, JobRequest['inputs'][string]> = {};
  for (const [name, input] of Object.entries(inputs)) {
    const path = pathOf(input);
    const url = path === undefined ? undefined : uploaded.get(fileOf(path));
    if (url === undefined) urls[name] = input;
    else urls[name] = typeof input === 'string' ? url : { ...input, url };
  }
  return { ...request, inputs: urls };
}

/** Returns whether an input of a request is a file of this machine. */
export function namesFiles({ inputs }: JobRequest): boolean {
  if (typeof inputs !== 'object' || inputs === null) return false;
  return Object.values(inputs).some((input) => pathOf(input) !== undefined);
}

/** Returns the path of an input that is a file of this machine. The request may be anything that is JSON. */
function pathOf(input: JobRequest['inputs'][string] | null | undefined): string | undefined {
  const given = typeof input === 'string' ? input : input?.url;
  return typeof given === 'string' && /^\.{0,2}\//.test(given) ? given : undefined;
}

import { AppError } from '#lib/errors.ts';
import type { JobFile, JobRecord } from './job-record.ts';

/** Returns the files of a completed job. Throws CONFLICT before its end, and NOT_FOUND once they have expired. */
export function filesOf({ status, result }: JobRecord): readonly JobFile[] {
  if (result !== null) return result.outputs;
  const message = status === 'completed' ? 'the files of this job have expired' : `the job is ${status}`;
  throw new AppError(status === 'completed' ? 'NOT_FOUND' : 'CONFLICT', { status }, { message });
}

/** Returns the file of this name, or the only file when no name is given; undefined when there is none. */
export function fileNamed(files: readonly JobFile[], name: string | undefined): JobFile | undefined {
  return files.length === 1 && name === undefined ? files[0] : files.find((file) => file.name === name);
}

/** Returns the names of the files, to be chosen from. */
export function namesOf(files: readonly JobFile[]): string {
  return files.map(({ name }) => name).join(', ');
}

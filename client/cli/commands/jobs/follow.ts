import { AppError, type ErrorCode } from '#lib/errors.ts';
import type { JobRecord } from '../../../service/job-record.ts';
import type { Jobs } from '../../../service/jobs.ts';
import type { Run } from '../../arguments/command.ts';
import { createJobBar } from '../../output/job-bar.ts';

/**
 * Shows the progress of a job until it is completed, and returns it. Throws its error when it fails, CONFLICT when it is
 * cancelled.
 */
export async function follow(job: JobRecord, jobs: Jobs, { report, signal }: Run): Promise<JobRecord> {
  const bar = createJobBar(process.stderr);
  const onChange = (now: JobRecord) => {
    const { id, status, phase, progress, eta_seconds, speed, queue_position } = now;
    if (report.isJson) report.event('progress', { id, status, phase, progress, eta_seconds, speed, queue_position });
    else bar.show(now);
  };
  try {
    const ended = await jobs.wait(job.id, { signal, onChange });
    if (ended.status === 'completed') return ended;
    throw failureOf(ended);
  } finally {
    bar.end();
  }
}

function failureOf({ id, status, error }: JobRecord): AppError {
  if (error !== null) return errorOf(error, { id });
  return new AppError('CONFLICT', { id, state: status }, { message: `the job ${id} was ${status}` });
}

/** Returns the error that a record or a check contains. */
export function errorOf(
  error: NonNullable<JobRecord['error']>,
  about: Readonly<Record<string, unknown>> = {},
): AppError {
  const { code, message, details, recoverable } = error;
  return new AppError(code as ErrorCode, { ...details, ...about }, { message, recoverable });
}

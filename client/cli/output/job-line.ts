import type { JobFile, JobRecord } from '../../service/job-record.ts';
import { clock, size } from './words.ts';

/** Returns a job as a line of a table. */
export function jobLine({ id, status, phase, progress, created_at, error }: JobRecord): string {
  const share = progress === null ? '' : `${progress.toFixed(1)} %`;
  return row([id, status, phase, share, created_at, error === null ? '' : `${error.code}: ${error.message}`]);
}

type Cells = readonly [id: string, status: string, phase: string, done: string, created: string, error: string];

function row([id, status, phase, done, created, error]: Cells): string {
  const cells = [id.padEnd(36), status.padEnd(10), phase.padEnd(12), done.padStart(7), created.padEnd(24), error];
  return cells.join('  ').trimEnd();
}

/** The header of a table of jobs. */
export const JOB_HEADER: string = row(['ID', 'STATUS', 'PHASE', 'DONE', 'CREATED', 'ERROR']);

/** Returns a job as lines: its state, then its files, warnings and error. */
export function jobLines(job: JobRecord): string[] {
  const { id, status, queue_position: position, attempts, result, warnings, error } = job;
  const place = position === null ? '' : `, number ${position} in the queue`;
  const again = attempts > 1 ? `, attempt ${attempts}` : '';
  return [
    `${id}  ${status}${status === 'processing' ? `, ${progressInWords(job)}` : ''}${place}${again}`,
    ...(result?.outputs ?? []).map((file) => `  ${[file.name, ...factsOf(file), file.url].join('  ')}`),
    ...warnings.map((warning) => `  warning: ${warning}`),
    ...(error === null ? [] : [`  ${error.code}: ${error.message}`]),
  ];
}

/** Returns a file in words: its format, size and length, and how it was made if it was copied. */
export function fileWords(file: Omit<JobFile, 'url'>): string {
  const copied = [file.video === 'copied' ? 'picture' : '', file.audio === 'copied' ? 'sound' : ''].filter(Boolean);
  return [...factsOf(file), copied.length === 0 ? '' : `${copied.join(' and ')} copied`].filter(Boolean).join(', ');
}

function factsOf({ format, width, height, duration_seconds: seconds, bytes }: Omit<JobFile, 'url'>): string[] {
  const picture = width === null ? '' : `${width}x${height}`;
  return [format, picture, seconds === null ? '' : clock(seconds), size(bytes)].filter(Boolean);
}

/** Returns the phase, what is done, and how long it will take. */
export function progressInWords({ status, phase, progress, eta_seconds: eta, queue_position }: JobRecord): string {
  if (status === 'pending') return queue_position === null ? 'queued' : `queued, number ${queue_position}`;
  const share = progress === null ? '' : `${progress.toFixed(1).padStart(5)} %  `;
  return `${share}${phase}${eta === null ? '' : `, ${clock(Math.ceil(eta))} left`}`;
}

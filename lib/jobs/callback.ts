import type { StoredJob } from './job-store.ts';

/** Returns what a callback contains of an ended job: no signed URLs, which the receiver requests from the API. */
export function callbackOf(job: StoredJob) {
  const { id, status, warnings, error, metadata, created_at, started_at, ended_at } = job;
  const outputs = job.result?.outputs.map(({ name, format, bytes, duration_seconds, width, height }) => {
    return { name, format, bytes, duration_seconds, width, height };
  });
  const data = { id, status, warnings, error, metadata, outputs: outputs ?? null, created_at, started_at, ended_at };
  return { event: `job.${status}`, subjectId: id, data };
}

import type { StoredJob } from './job-store.ts';
import type { JobStatus } from './state.ts';

/** A change of a job's status, as the log has it. */
export type StatusChange = {
  readonly job_id: string;
  /** Null for a new job. */
  readonly from: JobStatus | null;
  readonly to: JobStatus;
  readonly phase: string;
  readonly attempt: number;
  /** From the request to the first start, and from there to the end. */
  readonly waited_seconds?: number;
  readonly took_seconds?: number;
};

/** Returns the change that has led to the current status of a job. */
export function statusChange(from: JobStatus | null, job: StoredJob): StatusChange {
  const { id, status, phase, attempts, created_at: created, started_at: started, ended_at: ended } = job;
  return {
    job_id: id,
    from,
    to: status,
    phase,
    attempt: attempts,
    ...(started !== null && { waited_seconds: secondsBetween(created, started) }),
    ...(started !== null && ended !== null && { took_seconds: secondsBetween(started, ended) }),
  };
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from)) / 1_000;
}

import type { StoredJob } from './job-store.ts';
import type { JobStatus } from './state.ts';

/** A change of a job's status that has taken effect. */
export type StatusChange = {
  /** Null for a new job. */
  readonly from: JobStatus | null;
  readonly record: StoredJob;
  /** Why an attempt ended without a result: the code of its error, `lost`, `handed_back` or `handed_over`. */
  readonly reason?: string | undefined;
};

/** A change of a job's status, as the log has it. */
export type StatusLine = {
  readonly job_id: string;
  readonly from: JobStatus | null;
  readonly to: JobStatus;
  readonly phase: string;
  readonly attempt: number;
  readonly reason?: string;
  /** From the request to the first start, and from there to the end. */
  readonly waited_seconds?: number;
  readonly took_seconds?: number;
};

export function statusLine({ from, record, reason }: StatusChange): StatusLine {
  const { id, status, phase, attempts, created_at: created, started_at: started, ended_at: ended } = record;
  return {
    job_id: id,
    from,
    to: status,
    phase,
    attempt: attempts,
    ...(reason !== undefined && { reason }),
    ...(started !== null && { waited_seconds: secondsBetween(created, started) }),
    ...(started !== null && ended !== null && { took_seconds: secondsBetween(started, ended) }),
  };
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from)) / 1_000;
}

import { lifecycle, type Transitions } from '#lib/work/lifecycle.ts';

/** The statuses of a job: queued, run by a runner, and one of three final ones. A retry reopens a failed or cancelled job. */
export const JOB_STATUSES = ['pending', 'processing', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const TRANSITIONS: Transitions<JobStatus> = {
  pending: ['processing', 'failed', 'cancelled'],
  // Back to `pending` after a recoverable failure, a lost runner, or when a runner hands its job back.
  processing: ['pending', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

export const { mayBecome, hasEnded } = lifecycle(TRANSITIONS);

/** What a job is doing, in order. */
export const JOB_PHASES = ['queued', 'fetching', 'probing', 'transcribing', 'encoding', 'uploading', 'done'] as const;
export type JobPhase = (typeof JOB_PHASES)[number];

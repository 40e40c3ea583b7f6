import { AppError } from '#lib/errors.ts';
import { type Failure, failureRecord } from '#lib/work/record.ts';
import type { AttemptOutcome } from './attempt.ts';

/** Recoverable failures after which a job is started again. */
export const MOST_ERRORS = 3;
/** Runners that may die under a job. */
export const MOST_LOST = 3;
const FIRST_DELAY_SECONDS = 5;
const LONGEST_DELAY_SECONDS = 300;

/** What counts when an attempt ends. */
export type Counts = {
  readonly errors: number;
  readonly lost: number;
  readonly cancelRequested: boolean;
};

/** How an attempt ended; `lost`: its runner died. */
export type AttemptEnd = AttemptOutcome | { readonly kind: 'lost' };

/** What becomes of the job. */
export type Settlement =
  | { readonly status: 'completed' }
  | { readonly status: 'failed'; readonly error: Failure; readonly lost: number }
  | { readonly status: 'cancelled' }
  | {
      readonly status: 'pending';
      readonly errors: number;
      readonly lost: number;
      readonly delaySeconds: number;
      /** Whether only a runner may take it. */
      readonly isForRunners: boolean;
      /** Why it has to be started again; null when nothing failed. */
      readonly error: Failure | null;
    };

/** Decides what becomes of a job. A job whose cancellation was requested ends cancelled, whatever the attempt did. */
export function settlement({ errors, lost, cancelRequested }: Counts, end: AttemptEnd): Settlement {
  if (cancelRequested || end.kind === 'cancelled') return { status: 'cancelled' };
  switch (end.kind) {
    case 'completed':
      return { status: 'completed' };
    case 'handed_back':
    case 'handed_over':
      return waiting({ errors, lost, isForRunners: end.kind === 'handed_over' });
    case 'failed': {
      const error = failureRecord(end.error);
      if (!end.retry || errors >= MOST_ERRORS) return { status: 'failed', error, lost };
      return waiting({ errors: errors + 1, lost, delaySeconds: retryDelay(errors), error });
    }
    case 'lost': {
      if (lost >= MOST_LOST) return { status: 'failed', error: runnerLost(lost + 1), lost: lost + 1 };
      return waiting({ errors, lost: lost + 1 });
    }
  }
}

type Waiting = Extract<Settlement, { status: 'pending' }>;

function waiting(waits: Pick<Waiting, 'errors' | 'lost'> & Partial<Waiting>): Settlement {
  return { delaySeconds: 0, error: null, isForRunners: false, ...waits, status: 'pending' };
}

/** Returns the wait after `errors` earlier failures, s. */
export function retryDelay(errors: number): number {
  return Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** errors);
}

function runnerLost(lost: number): Failure {
  return failureRecord(new AppError('RUNNER_LOST', { lost }));
}

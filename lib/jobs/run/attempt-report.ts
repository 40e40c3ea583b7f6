import type { AttemptHooks, AttemptProgress } from '#lib/jobs/attempt.ts';
import { type AttemptLogger, createAttemptLogger } from './attempt-log.ts';
import { createEstimator, type Estimator, isWork } from './estimate.ts';

type Phase = NonNullable<AttemptProgress['phase']>;

/** The progress and the log of an attempt. */
export type AttemptReport = Pick<Estimator, 'expect' | 'did' | 'plan'> & {
  readonly log: AttemptLogger;
  /** The attempt enters a phase. */
  enter(phase: Phase): void;
  phase(): Phase;
  /** Ends the reports. */
  close(): void;
};

/** Time between two reports, ms. */
const EVERY_MS = 500;

/** Reports progress and log twice a second, and at each change of phase. */
export function startReport(
  hooks: AttemptHooks,
  { floor, now }: { readonly floor: number | null; readonly now: () => number },
): AttemptReport {
  const estimator = createEstimator({ floor, now });
  const log = createAttemptLogger(hooks.log);
  let phase: Phase = 'fetching';
  function report(): void {
    const { progress, ...rest } = estimator.estimate();
    hooks.progress({ phase, ...(progress === null ? {} : { progress }), ...rest });
    log.flush();
  }
  const timer = setInterval(report, EVERY_MS);
  return {
    ...estimator,
    log,
    enter(next) {
      phase = next;
      // Its rate is measured from here on.
      if (isWork(next)) estimator.did(next, 0);
      report();
    },
    phase: () => phase,
    close() {
      clearInterval(timer);
      log.close();
    },
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import { isFinal, isSlow, noProgress } from './failures.ts';
import { inTime } from './in-time.ts';
import { createLegFailures } from './leg-failures.ts';
import type { Leg, Via } from './legs/leg.ts';
import type { Patience } from './patience.ts';
import type { ResumePlan } from './resume-plan.ts';
import type { StreamEvent } from './stream-events.ts';

/** Who makes a stream from here on, and how what it gives joins what was given. */
export type NextLeg = { readonly leg: Leg; readonly resume: ResumePlan };

/** Finds who brings a stream on. */
export type LegChoice = {
  /** The next; undefined when all has been given. Throws what was wrong with the last when nobody does for too long. */
  next(): Promise<NextLeg | undefined>;
  /** One broke off; whether it had given enough to be asked again at once. */
  broke(via: Via, error: unknown, options: { readonly worked: boolean }): void;
  /** One has given enough: whoever failed before may do better now. */
  progressed(): void;
  /** Whether there is somebody better, who has been away, and has not just failed himself. */
  isOutdone(via: Via): Promise<boolean>;
  /** Whoever was tried may be asked again. */
  forget(): void;
};

type BrokenHow = Pick<Extract<StreamEvent, { type: 'broken' }>, 'opening' | 'worked'>;

export type LegChoiceOptions = {
  /** Throws an AppError when it cannot. */
  readonly openLeg: (via: Via, plan: ResumePlan) => Promise<Leg>;
  /** Who may ever be asked, best first. */
  readonly candidates: readonly Via[];
  /** Whether one is to be asked now. */
  readonly isUsable: (via: Via) => Promise<boolean>;
  /** How it is to go on now; the same object until that changes. */
  readonly wanted: () => object;
  readonly plan: () => ResumePlan | undefined;
  readonly hasBegun: () => boolean;
  readonly onFailure: (via: Via, error: AppError, how: BrokenHow) => void;
  readonly patience: Patience;
  readonly signal: AbortSignal;
};

const BACKOFF_MS = 250;

export function createLegChoice(options: LegChoiceOptions): LegChoice {
  const { openLeg, candidates, isUsable, wanted, plan, hasBegun, onFailure, patience, signal } = options;
  const tried = new Set<Via>();
  /** Since somebody has done well, or they have been seen to be away. */
  const failed = new Set<Via>();
  const failures = createLegFailures(candidates);

  function fail(via: Via, error: unknown, how: BrokenHow): void {
    const failure = error instanceof AppError ? error : new AppError('UNAVAILABLE', { part: via }, { cause: error });
    failures.add(via, failure);
    failed.add(via);
    onFailure(via, failure, how);
  }

  /** One that comes when nobody waits for it any more is stopped. */
  async function openInTime(via: Via, resume: ResumePlan): Promise<Leg> {
    const opening = openLeg(via, resume);
    return await inTime(opening, { ms: patience.leftMs(), stopped: signal, late: () => tooLate(via) }).catch(
      (error) => {
        opening.then(
          (leg) => leg.stop(),
          () => undefined,
        );
        throw error;
      },
    );
  }

  /** A leg as it is wanted when it has begun: what was changed meanwhile it would not have. */
  async function openPlanned(via: Via): Promise<NextLeg | undefined> {
    for (;;) {
      const before = wanted();
      const resume = plan();
      if (resume === undefined) return undefined;
      const leg = await openInTime(via, resume);
      if (wanted() === before) return { leg, resume };
      await leg.stop();
    }
  }

  return {
    async next() {
      for (;;) {
        for (const via of candidates) {
          if (tried.has(via) || failures.isUnable(via) || !(await isUsable(via))) continue;
          tried.add(via);
          try {
            return await openPlanned(via);
          } catch (error) {
            signal.throwIfAborted();
            fail(via, error, { opening: true, worked: false });
            if (!hasBegun() && isFinal(error)) throw error;
          }
        }
        const leftMs = patience.leftMs();
        // A timer may be over a moment early.
        if (leftMs < 1 || failures.areHopeless(tried, { hasBegun: hasBegun() }))
          throw noProgress(failures.last, candidates);
        await delay(Math.min(BACKOFF_MS, leftMs), undefined, { signal });
        tried.clear();
      }
    },
    broke(via, error, { worked }) {
      fail(via, error, { opening: false, worked });
      if (!worked) return;
      tried.clear();
      if (isSlow(error)) tried.add(via);
    },
    progressed: () => failed.clear(),
    async isOutdone(via) {
      for (const other of candidates.slice(0, candidates.indexOf(via))) {
        if (!(await isUsable(other))) failed.delete(other);
        else if (!failed.has(other) && !failures.isUnable(other)) return true;
      }
      return false;
    },
    forget: () => tried.clear(),
  };
}

function tooLate(part: Via): AppError {
  return new AppError('TIMEOUT', { part }, { message: `the ${part} did not begin in time` });
}

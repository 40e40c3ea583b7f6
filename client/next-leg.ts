import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import { isFinal, isOfSource, isSlow, noProgress } from './failures.ts';
import { inTime } from './in-time.ts';
import type { Leg, Via } from './legs/leg.ts';
import type { Patience } from './patience.ts';
import type { ResumePlan } from './resume-plan.ts';

/** Who makes a stream from here on, and how what it gives joins what was given. */
export type NextLeg = { readonly leg: Leg; readonly resume: ResumePlan };

/** Finds who brings a stream on. */
export type LegChoice = {
  /** The next; undefined when all has been given. Throws what was wrong with the last when nobody does for too long. */
  next(): Promise<NextLeg | undefined>;
  /** One broke off; whether it had given enough to be asked again at once. */
  broke(via: Via, error: unknown, options: { readonly worked: boolean }): void;
  /** Whoever was tried may be asked again. */
  forget(): void;
};

export type LegChoiceOptions = {
  /** Throws an AppError when it cannot. */
  readonly openLeg: (via: Via, plan: ResumePlan) => Promise<Leg>;
  /** Whether one is to be asked at all now. */
  readonly isUsable: (via: Via) => Promise<boolean>;
  /** How it is to go on now; the same object until that changes. */
  readonly wanted: () => object;
  readonly plan: () => ResumePlan | undefined;
  readonly hasBegun: () => boolean;
  readonly onFailure: (via: Via, error: AppError, options: { readonly opening: boolean }) => void;
  readonly patience: Patience;
  readonly signal: AbortSignal;
};

/** Best first. */
const ORDER: readonly Via[] = ['service', 'fallback'];
const BACKOFF_MS = 250;

export function createLegChoice(options: LegChoiceOptions): LegChoice {
  const { openLeg, isUsable, wanted, plan, hasBegun, onFailure, patience, signal } = options;
  const tried = new Set<Via>();
  const lastFailures = new Map<Via, AppError>();

  function fail(via: Via, error: unknown, opening: boolean): void {
    const failure = error instanceof AppError ? error : new AppError('UNAVAILABLE', { part: via }, { cause: error });
    lastFailures.set(via, failure);
    onFailure(via, failure, { opening });
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

  /** Nobody who could be asked again would do better; a track that does not begin is not waited for. */
  function isHopeless(): boolean {
    const failures = [...tried].map((via) => lastFailures.get(via));
    const isLost = (error: AppError | undefined): boolean =>
      error !== undefined && (!error.recoverable || (!hasBegun() && isOfSource(error)));
    return failures.length > 0 && failures.every(isLost);
  }

  return {
    async next() {
      for (;;) {
        for (const via of ORDER.filter((candidate) => !tried.has(candidate))) {
          if (!(await isUsable(via))) continue;
          tried.add(via);
          try {
            return await openPlanned(via);
          } catch (error) {
            signal.throwIfAborted();
            fail(via, error, true);
            if (!hasBegun() && isFinal(error)) throw error;
          }
        }
        const leftMs = patience.leftMs();
        if (leftMs === 0 || isHopeless()) throw noProgress(lastFailures);
        await delay(Math.min(BACKOFF_MS, leftMs), undefined, { signal });
        tried.clear();
      }
    },
    broke(via, error, { worked }) {
      fail(via, error, false);
      if (!worked) return;
      tried.clear();
      if (isSlow(error)) tried.add(via);
    },
    forget: () => tried.clear(),
  };
}

function tooLate(part: Via): AppError {
  return new AppError('TIMEOUT', { part }, { message: `the ${part} did not begin in time` });
}

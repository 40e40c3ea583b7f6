import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import { isFinal, isSlow, noProgress } from '../legs/failures.ts';
import { withFirstAudio } from '../legs/first-audio.ts';
import type { Leg, Via } from '../legs/leg.ts';
import type { StreamEvent } from './events.ts';
import { inTime } from './in-time.ts';
import { createLegFailures } from './leg-failures.ts';
import type { Patience } from './progress-deadline.ts';
import type { ResumePlan } from './resume-plan.ts';

/** Who makes a stream from here on, and how what it gives joins what was given. */
export type NextLeg = { readonly leg: Leg; readonly resume: ResumePlan };

/** Finds who brings a stream on. */
export type LegChoice = {
  /** The next; undefined when all has been given. Throws what was wrong with the last when nobody does for too long. */
  next(): Promise<NextLeg | undefined>;
  /** One broke off; whether it had given enough to be asked again at once. */
  broke(via: Via, error: unknown, options: { readonly worked: boolean }): void;
  /**
   * Asks others beside one who is silent, those before him and him once more, until aborted. Resolves true when one has
   * audio: he is the next then. False when nobody fares any better.
   */
  isOutdone(via: Via, options: { readonly signal: AbortSignal }): Promise<boolean>;
  /** Whoever was tried may be asked again. */
  forget(): void;
};

type BrokenHow = Pick<Extract<StreamEvent, { type: 'broken' }>, 'opening' | 'worked'>;

export type LegChoiceOptions = {
  /** Throws an AppError when it cannot. Beside another who is silent, that says more of the source than of him. */
  readonly openLeg: (via: Via, plan: ResumePlan, options: { readonly isBeside: boolean }) => Promise<Leg>;
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

/** How one is asked: until when, and whether another is heard meanwhile. */
type Asking = { readonly signal: AbortSignal; readonly isBeside: boolean };

/** With the settings that were wanted then. */
type Planned = NextLeg & { readonly wanted: object };

const BACKOFF_MS = 250;

export function createLegChoice(options: LegChoiceOptions): LegChoice {
  const { openLeg, candidates, isUsable, wanted, plan, hasBegun, onFailure, patience, signal } = options;
  const tried = new Set<Via>();
  const failures = createLegFailures(candidates);
  /** One who has begun beside another, as long as he is wanted. */
  let outdoing: { readonly next: Planned; readonly asking: AbortSignal } | undefined;

  function fail(via: Via, error: unknown, how: BrokenHow): void {
    const failure = error instanceof AppError ? error : new AppError('UNAVAILABLE', { part: via }, { cause: error });
    failures.add(via, failure);
    onFailure(via, failure, how);
  }

  /** One that comes when nobody waits for it any more is stopped. */
  async function openInTime(via: Via, resume: ResumePlan, { signal: stopped, isBeside }: Asking): Promise<Leg> {
    const opening = openLeg(via, resume, { isBeside });
    const begun = isBeside ? opening.then(withAudio) : opening;
    return await inTime(begun, { ms: patience.leftMs(), stopped, late: () => tooLate(via) }).catch((error) => {
      opening.then(
        (leg) => leg.stop(),
        () => undefined,
      );
      throw error;
    });
  }

  /** A leg as it is wanted when it has begun: what was changed meanwhile it would not have. */
  async function openPlanned(via: Via, asking: Asking): Promise<Planned | undefined> {
    for (;;) {
      const before = wanted();
      const resume = plan();
      if (resume === undefined) return undefined;
      const leg = await openInTime(via, resume, asking);
      if (wanted() === before) return { leg, resume, wanted: before };
      await leg.stop();
    }
  }

  /** Who has begun beside the last, if he is still as he is wanted. */
  async function takeOutdoing(): Promise<NextLeg | undefined> {
    const { next, asking } = outdoing ?? {};
    outdoing = undefined;
    if (next?.wanted === wanted() && !asking?.aborted) return next;
    await next?.leg.stop();
    return undefined;
  }

  return {
    async next() {
      const ready = await takeOutdoing();
      if (ready !== undefined) return ready;
      for (;;) {
        for (const via of candidates) {
          if (tried.has(via) || failures.isUnable(via) || !(await isUsable(via))) continue;
          tried.add(via);
          try {
            return await openPlanned(via, { signal, isBeside: false });
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
    async isOutdone(via, { signal: asking }) {
      for (const other of candidates.slice(0, candidates.indexOf(via) + 1)) {
        if (asking.aborted) return false;
        // Who has refused would do so again.
        if (failures.last.get(other)?.recoverable === false || !(await isUsable(other))) continue;
        try {
          const next = await openPlanned(other, { signal: asking, isBeside: true });
          if (next === undefined) return false;
          outdoing = { next, asking };
          asking.addEventListener('abort', () => void next.leg.stop(), { once: true });
          return true;
        } catch (error) {
          if (asking.aborted) return false;
          fail(other, error, { opening: true, worked: false });
        }
      }
      return false;
    },
    forget: () => tried.clear(),
  };
}

/** A leg whose first audio is there, or that ends without any. Throws what reading it does. */
async function withAudio(leg: Leg): Promise<Leg> {
  return { ...leg, chunks: (await withFirstAudio(leg.chunks)) ?? leg.chunks };
}

function tooLate(part: Via): AppError {
  return new AppError('TIMEOUT', { part }, { message: `the ${part} did not begin in time` });
}

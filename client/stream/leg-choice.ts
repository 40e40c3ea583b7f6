import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import { withTimeout } from '#lib/with-timeout.ts';
import { finalError, isFinal, isTimeout } from '../legs/failures.ts';
import { withFirstAudio } from '../legs/first-audio.ts';
import type { Leg, Via } from '../legs/leg.ts';
import type { StreamEvent } from './events.ts';
import { createLegFailures } from './leg-failures.ts';
import { orAborted } from './or-aborted.ts';
import type { ProgressDeadline } from './progress-deadline.ts';
import type { ResumePlan } from './resume-plan.ts';

/** The next leg of a stream, and how its output joins the output so far. */
export type NextLeg = { readonly leg: Leg; readonly resume: ResumePlan };

/** Finds the leg that continues a stream. */
export type LegChoice = {
  /** Opens the next leg; undefined when the stream is complete. Throws the final error if none opens in time. */
  next(): Promise<NextLeg | undefined>;
  /** The last leg failed. `worked`: it had produced enough audio for the same candidate to be tried again at once. */
  failed(via: Via, error: unknown, options: { readonly worked: boolean }): void;
  /**
   * Tries, until aborted, to open a rival leg in parallel with a silent one: from the candidates before it, then from
   * its own. Resolves with true when a rival has audio, which makes it the next leg; with false when none has.
   */
  findRival(via: Via, options: { readonly signal: AbortSignal }): Promise<boolean>;
  /** Allows candidates that were tried to be tried again. */
  reset(): void;
};

type BrokenHow = Pick<Extract<StreamEvent, { type: 'broken' }>, 'opening' | 'worked'>;

export type LegChoiceOptions = {
  /** Opens a leg. Throws an AppError. The failure of a rival tells more about the source than about the candidate. */
  readonly openLeg: (via: Via, plan: ResumePlan, options: { readonly isRival: boolean }) => Promise<Leg>;
  /** Where legs may come from, best first. */
  readonly candidates: readonly Via[];
  /** Whether a candidate may be tried now. */
  readonly isUsable: (via: Via) => Promise<boolean>;
  /** The settings of the next leg; the same object until they change. */
  readonly wanted: () => object;
  readonly plan: () => ResumePlan | undefined;
  readonly hasBegun: () => boolean;
  readonly onFailure: (via: Via, error: AppError, how: BrokenHow) => void;
  readonly deadline: ProgressDeadline;
  readonly signal: AbortSignal;
};

/** The signal that ends the wait for a leg, and whether another leg is current. */
type Attempt = { readonly signal: AbortSignal; readonly isRival: boolean };

/** A leg with the settings that were wanted when it was opened. */
type Planned = NextLeg & { readonly wanted: object };

const BACKOFF_MS = 250;

export function createLegChoice(options: LegChoiceOptions): LegChoice {
  const { openLeg, candidates, isUsable, wanted, plan, hasBegun, onFailure, deadline, signal } = options;
  const tried = new Set<Via>();
  const failures = createLegFailures(candidates);
  /** A leg that was opened in parallel with the last one, valid until its attempt is aborted. */
  let rival: { readonly next: Planned; readonly attempt: AbortSignal } | undefined;

  function fail(via: Via, error: unknown, how: BrokenHow): void {
    const failure = error instanceof AppError ? error : new AppError('UNAVAILABLE', { part: via }, { cause: error });
    failures.add(via, failure);
    onFailure(via, failure, how);
  }

  /** Opens a leg; stops it if it opens too late. */
  async function openBeforeDeadline(via: Via, resume: ResumePlan, { signal: stopped, isRival }: Attempt): Promise<Leg> {
    const opening = openLeg(via, resume, { isRival });
    const begun = orAborted(isRival ? opening.then(withAudio) : opening, stopped);
    return await withTimeout(Math.ceil(deadline.leftMs()), begun, () => {
      throw tooLate(via);
    }).catch((error) => {
      opening.then(
        (leg) => leg.stop(),
        () => undefined,
      );
      throw error;
    });
  }

  /** Opens a leg, and again if the wanted settings have changed in the meantime. */
  async function openPlanned(via: Via, attempt: Attempt): Promise<Planned | undefined> {
    for (;;) {
      const before = wanted();
      const resume = plan();
      if (resume === undefined) return undefined;
      const leg = await openBeforeDeadline(via, resume, attempt);
      if (wanted() === before) return { leg, resume, wanted: before };
      await leg.stop();
    }
  }

  /** Returns the rival, if it still has the wanted settings. */
  async function takeRival(): Promise<NextLeg | undefined> {
    const { next, attempt } = rival ?? {};
    rival = undefined;
    if (next?.wanted === wanted() && !attempt?.aborted) return next;
    await next?.leg.stop();
    return undefined;
  }

  return {
    async next() {
      const ready = await takeRival();
      if (ready !== undefined) return ready;
      for (;;) {
        for (const via of candidates) {
          if (tried.has(via) || failures.isUnsupported(via) || !(await isUsable(via))) continue;
          tried.add(via);
          try {
            return await openPlanned(via, { signal, isRival: false });
          } catch (error) {
            signal.throwIfAborted();
            fail(via, error, { opening: true, worked: false });
            if (!hasBegun() && isFinal(error)) throw error;
          }
        }
        const leftMs = deadline.leftMs();
        // A timer may fire slightly early.
        if (leftMs < 1 || failures.isHopeless(tried, { hasBegun: hasBegun() }))
          throw finalError(failures.last, candidates);
        await delay(Math.min(BACKOFF_MS, leftMs), undefined, { signal });
        tried.clear();
      }
    },
    failed(via, error, { worked }) {
      fail(via, error, { opening: false, worked });
      if (!worked) return;
      tried.clear();
      if (isTimeout(error)) tried.add(via);
    },
    async findRival(via, { signal: attempt }) {
      for (const other of candidates.slice(0, candidates.indexOf(via) + 1)) {
        if (attempt.aborted) return false;
        // A candidate that has refused would refuse again.
        if (failures.last.get(other)?.recoverable === false || !(await isUsable(other))) continue;
        try {
          const next = await openPlanned(other, { signal: attempt, isRival: true });
          if (next === undefined) return false;
          rival = { next, attempt };
          attempt.addEventListener('abort', () => void next.leg.stop(), { once: true });
          return true;
        } catch (error) {
          if (attempt.aborted) return false;
          fail(other, error, { opening: true, worked: false });
        }
      }
      return false;
    },
    reset: () => tried.clear(),
  };
}

/** Waits until a leg has audio or has ended without any. Throws the error of reading it. */
async function withAudio(leg: Leg): Promise<Leg> {
  return { ...leg, chunks: (await withFirstAudio(leg.chunks)) ?? leg.chunks };
}

function tooLate(part: Via): AppError {
  return new AppError('TIMEOUT', { part }, { message: `the ${part} did not start in time` });
}

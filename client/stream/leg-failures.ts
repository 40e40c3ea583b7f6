import type { AppError } from '#lib/errors.ts';
import { cannotRead, isOfSource } from '../legs/failures.ts';
import type { Via } from '../legs/leg.ts';

/** What went wrong with those who were to make a stream. */
export type LegFailures = {
  add(via: Via, error: AppError): void;
  readonly last: ReadonlyMap<Via, AppError>;
  /** Whether it need not be asked again: it will never read such a source. */
  isUnable(via: Via): boolean;
  /**
   * Whether nobody would do better who is asked again, now that these have been: who cannot read such a source says
   * nothing of one who is away, but a source that is broken is so for everyone.
   */
  areHopeless(asked: ReadonlySet<Via>, options: { readonly hasBegun: boolean }): boolean;
};

/** A source that fails once may not the next time; one that still does is not waited for, if nobody hears it yet. */
const SOURCE_TRIES = 2;

export function createLegFailures(candidates: readonly Via[]): LegFailures {
  const last = new Map<Via, AppError>();
  const ofSource = new Map<Via, number>();

  function isUnable(via: Via): boolean {
    const error = last.get(via);
    return error !== undefined && cannotRead(error);
  }

  function isLost(via: Via, hasBegun: boolean): boolean {
    const error = last.get(via);
    if (error === undefined) return false;
    return !error.recoverable || (!hasBegun && isOfSource(error) && (ofSource.get(via) ?? 0) >= SOURCE_TRIES);
  }

  return {
    last,
    isUnable,
    add(via, error) {
      last.set(via, error);
      if (isOfSource(error)) ofSource.set(via, (ofSource.get(via) ?? 0) + 1);
    },
    areHopeless(asked, { hasBegun }) {
      const known = candidates.filter((via) => asked.has(via) || isUnable(via));
      if (known.length === 0 || !known.every((via) => isLost(via, hasBegun))) return false;
      return known.length === candidates.length || [...asked].some((via) => isOfSource(last.get(via)));
    },
  };
}

import type { AppError } from '#lib/errors.ts';
import { isSourceFailure, isUnsupportedUrl } from '../legs/failures.ts';
import type { Via } from '../legs/leg.ts';

/** The failures of a stream's makers. */
export type LegFailures = {
  add(via: Via, error: AppError): void;
  readonly last: ReadonlyMap<Via, AppError>;
  /** Whether the maker cannot read such a source, now or later. */
  isUnsupported(via: Via): boolean;
  /**
   * Whether trying again is hopeless, after these makers have been tried. That one maker cannot read such a source says
   * nothing of another that is down, but a broken source is broken for all.
   */
  isHopeless(tried: ReadonlySet<Via>, options: { readonly hasBegun: boolean }): boolean;
};

/** A source may fail once; one that fails again is given up while the stream has not begun. */
const SOURCE_TRIES = 2;

export function createLegFailures(candidates: readonly Via[]): LegFailures {
  const last = new Map<Via, AppError>();
  const ofSource = new Map<Via, number>();

  function isUnsupported(via: Via): boolean {
    const error = last.get(via);
    return error !== undefined && isUnsupportedUrl(error);
  }

  function isLost(via: Via, hasBegun: boolean): boolean {
    const error = last.get(via);
    if (error === undefined) return false;
    return !error.recoverable || (!hasBegun && isSourceFailure(error) && (ofSource.get(via) ?? 0) >= SOURCE_TRIES);
  }

  return {
    last,
    isUnsupported,
    add(via, error) {
      last.set(via, error);
      if (isSourceFailure(error)) ofSource.set(via, (ofSource.get(via) ?? 0) + 1);
    },
    isHopeless(tried, { hasBegun }) {
      const known = candidates.filter((via) => tried.has(via) || isUnsupported(via));
      if (known.length === 0 || !known.every((via) => isLost(via, hasBegun))) return false;
      return known.length === candidates.length || [...tried].some((via) => isSourceFailure(last.get(via)));
    },
  };
}

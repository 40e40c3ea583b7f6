import type { AppError } from '#lib/errors.ts';
import { isSourceFailure, isUnsupportedUrl } from '../legs/failures.ts';
import type { Via } from '../legs/leg.ts';

/** The failures of a stream's legs, by candidate. */
export type LegFailures = {
  add(via: Via, error: AppError): void;
  readonly last: ReadonlyMap<Via, AppError>;
  /** Whether the candidate cannot open this kind of source, now or later. */
  isUnsupported(via: Via): boolean;
  /**
   * Whether a retry is hopeless after these candidates were tried. If one cannot open this kind of source, another that
   * is down may still be able to; but a broken source is broken for all.
   */
  isHopeless(tried: ReadonlySet<Via>, options: { readonly hasBegun: boolean }): boolean;
};

/** A source that fails a second time before the stream has started is given up. */
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

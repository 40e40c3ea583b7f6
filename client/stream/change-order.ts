import { isDeepStrictEqual } from 'node:util';
import type { Adjusted } from '../legs/leg.ts';

/**
 * Tells which of the changes that are heard of is new. Whoever makes one is answered, and all that follow the stream are
 * told of it too, in the order in which they came about: sooner, or later, than the answer.
 */
export type ChangeOrder = {
  /** One’s own has been taken. */
  answered(change: Adjusted): boolean;
  /** One has come about, one's own or somebody else's. */
  happened(change: Adjusted): boolean;
};

export function createChangeOrder(): ChangeOrder {
  /** Heard of, and not yet answered to whoever has made it: perhaps this client. */
  let told: Adjusted[] = [];
  /** The last of one's own, until it is told of: what is told of before that is older. */
  let ahead: Adjusted | undefined;

  return {
    answered(change) {
      const isNew = !told.some((other) => isDeepStrictEqual(other, change));
      told = [];
      if (isNew) ahead = change;
      return isNew;
    },
    happened(change) {
      if (ahead !== undefined) {
        const isOwn = isDeepStrictEqual(ahead, change);
        if (!isOwn && change.appliedAtSample <= ahead.appliedAtSample) return false;
        ahead = undefined;
        if (isOwn) return false;
      }
      told = [...told.slice(1 - MOST_TOLD), change];
      return true;
    },
  };
}

/** More than come about while an answer is on its way. */
const MOST_TOLD = 32;

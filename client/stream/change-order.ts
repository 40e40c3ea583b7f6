import { isDeepStrictEqual } from 'node:util';
import type { Adjusted } from '#lib/playback/adjustment.ts';

/**
 * Decides which filter changes are news. A change of this client is answered, and every change is also reported to all
 * that follow the stream, in the order in which they were made: before the answer, or after it.
 */
export type ChangeOrder = {
  /** A change of this client was answered. Returns whether that is news. */
  answered(change: Adjusted): boolean;
  /** A change, from any client, was reported. Returns whether that is news. */
  reported(change: Adjusted): boolean;
};

export function createChangeOrder(): ChangeOrder {
  /** Reported since the last answer; one of them may be the change whose answer comes next. */
  let unanswered: Adjusted[] = [];
  /** The last answered change, until it is reported: what is reported before it is older. */
  let unreported: Adjusted | undefined;

  return {
    answered(change) {
      const isNew = !unanswered.some((other) => isDeepStrictEqual(other, change));
      unanswered = [];
      if (isNew) unreported = change;
      return isNew;
    },
    reported(change) {
      if (unreported !== undefined) {
        const isOwn = isDeepStrictEqual(unreported, change);
        if (!isOwn && change.appliedAtSample <= unreported.appliedAtSample) return false;
        unreported = undefined;
        if (isOwn) return false;
      }
      unanswered = [...unanswered.slice(1 - MOST_UNANSWERED), change];
      return true;
    },
  };
}

/** More than are made while an answer is on its way. */
const MOST_UNANSWERED = 32;

import { isDeepStrictEqual } from 'node:util';
import type { Adjusted } from '#lib/playback/adjustment.ts';

/**
 * Decides which filter changes are new. A change by this client gets a response. Every change is also reported in an
 * event to all followers of the stream, in the order of the changes. The event may arrive before or after the response.
 */
export type ChangeOrder = {
  /** Takes the response to a change by this client. Returns whether the change is new. */
  answered(change: Adjusted): boolean;
  /** Takes the event of a change by any client. Returns whether the change is new. */
  reported(change: Adjusted): boolean;
};

export function createChangeOrder(): ChangeOrder {
  /** Reported since the last response; one of them may be the change whose response comes next. */
  let unanswered: Adjusted[] = [];
  /** The last change with a response, until it is reported: reports that arrive before are older. */
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

/** More changes than can happen while a response is on its way. */
const MOST_UNANSWERED = 32;

import { AppError } from '#lib/errors.ts';
import type { Adjustable } from '#lib/filters/live.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import { merge, refuseFixed, without } from '#lib/playback/filter-patch.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import { isEncoderFailure, isUnreachable } from '../legs/failures.ts';
import type { Leg } from '../legs/leg.ts';
import type { ChangeOrder } from './change-order.ts';
import { checkPatch } from './check-patch.ts';
import type { FilterChange } from './events.ts';
import { needsStretcher } from './idle-speed.ts';
import type { StreamPosition } from './position.ts';

/** The leg that makes a stream now, the sample of the whole it began at, and the order of the changes since. */
export type Playing = {
  readonly leg: Pick<Leg, 'setFilters'>;
  readonly atSample: number;
  readonly order: ChangeOrder;
};

export type FilterChangesOptions = {
  readonly position: StreamPosition;
  /** What the request allows to change. */
  readonly mayChange: readonly Adjustable[];
  /** Undefined between two legs. */
  readonly playing: () => Playing | undefined;
  /** Replaces the leg by another, with the settings as they are then. */
  readonly renew: () => void;
  readonly hasEnded: () => boolean;
};

/** Changes that wait, merged into one, and the promise of their callers. */
type Pending = { readonly patch: FilterPatch; readonly settle: PromiseWithResolvers<FilterChange> };

/**
 * Changes a live stream, whichever leg makes it: one change after the other, so that the last one requested wins. Those
 * that come while one is under way are made together, and each caller gets the filters that are in force then.
 */
export function createFilterChanges({ position, mayChange, playing, renew, hasEnded }: FilterChangesOptions) {
  let pending: Pending | undefined;
  let isWorking = false;

  async function work(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    while (pending !== undefined) {
      const { patch, settle }: Pending = pending;
      pending = undefined;
      await make(patch).then(settle.resolve, settle.reject);
    }
    isWorking = false;
  }

  async function make(patch: FilterPatch): Promise<FilterChange> {
    for (;;) {
      if (hasEnded()) throw new AppError('CONFLICT', { state: 'ended' }, { message: 'the stream has ended' });
      const target = playing();
      if (target === undefined) return takeForNext(patch);
      if (needsStretcher(position.settings(), patch)) {
        renew();
        continue;
      }
      try {
        // The answer is an estimate; what was given before the request has been without the change.
        const earliest = position.givenSamples();
        const adjusted = await target.leg.setFilters(patch);
        const { filters, appliedAtSample } = adjusted;
        const change = { filters, atSample: Math.max(earliest, target.atSample + appliedAtSample) };
        if (playing() !== target) continue;
        return target.order.answered(adjusted) ? take(change) : answerOf(change);
      } catch (error) {
        if (playing() !== target) continue;
        // What it gave is still read; after that another leg goes on.
        if (isEncoderFailure(error)) return takeForNext(patch);
        if (!isUnreachable(error)) throw error;
        // It may have taken the change or not: another leg goes on that has.
        renew();
      }
    }
  }

  /** For the leg that comes after what was given. */
  function takeForNext(patch: FilterPatch): FilterChange {
    const settings = position.settings();
    if (needsStretcher(settings, patch)) position.allow(mayChange);
    return take({ filters: merge(settings.filters, patch), atSample: position.givenSamples() });
  }

  function take(change: Change): FilterChange {
    position.take(change);
    return answerOf(change);
  }

  return {
    /** Throws FILTER_INVALID for what no stream could take, CONFLICT for what this one cannot. */
    async setFilters(patch: FilterPatch): Promise<FilterChange> {
      checkPatch(patch);
      const { live, filters } = position.settings();
      if (!live) throw new AppError('CONFLICT', { live: false }, { message: 'the stream is not live' });
      refuseFixed(patch, { filters, adjustable: mayChange });
      const { patch: earlier = {}, settle = Promise.withResolvers<FilterChange>() } = pending ?? {};
      pending = { patch: { ...without(earlier, patch), ...patch }, settle };
      void work();
      return await settle.promise;
    },
    takeForNext,
    /** A change of any client was reported. */
    reported(target: Playing, change: Adjusted): void {
      if (playing() !== target || !target.order.reported(change)) return;
      position.take({ filters: change.filters, atSample: target.atSample + change.appliedAtSample });
    },
  };
}

type Change = Parameters<StreamPosition['take']>[0];

function answerOf({ filters, atSample }: Change): FilterChange {
  return { filters, applied_at_sample: atSample };
}

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

/** The current leg, the sample of the whole stream at which it started, and the order of the changes since. */
export type Playing = {
  readonly leg: Pick<Leg, 'setFilters'>;
  readonly atSample: number;
  readonly order: ChangeOrder;
};

export type FilterChangesOptions = {
  readonly position: StreamPosition;
  /** The filters that the request allows to change. */
  readonly mayChange: readonly Adjustable[];
  /** Undefined between two legs. */
  readonly playing: () => Playing | undefined;
  /** Replaces the leg with another that has the latest settings. */
  readonly renew: () => void;
  readonly hasEnded: () => boolean;
};

/** Waiting changes, merged into one, and the promise of their callers. */
type Pending = { readonly patch: FilterPatch; readonly settle: PromiseWithResolvers<FilterChange> };

/**
 * Changes the filters of a live stream, whichever leg is current. Changes run one at a time, so that the last request
 * wins. Changes that arrive in the meantime are applied together, and each caller gets the filters then in force.
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
        // The response is an estimate; audio from before the request does not have the change.
        const earliest = position.givenSamples();
        const adjusted = await target.leg.setFilters(patch);
        const { filters, appliedAtSample } = adjusted;
        const change = { filters, atSample: Math.max(earliest, target.atSample + appliedAtSample) };
        if (playing() !== target) continue;
        return target.order.answered(adjusted) ? take(change) : answerOf(change);
      } catch (error) {
        if (playing() !== target) continue;
        // The rest of its audio is still read; then another leg continues.
        if (isEncoderFailure(error)) return takeForNext(patch);
        if (!isUnreachable(error)) throw error;
        // The leg may have applied the change or not: replace it with one that has.
        renew();
      }
    }
  }

  /** Keeps the change for the next leg. */
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
    /** Throws FILTER_INVALID for an invalid change, CONFLICT for one that this stream cannot apply. */
    async setFilters(patch: FilterPatch): Promise<FilterChange> {
      checkPatch(patch);
      const { live, filters } = position.settings();
      if (!live)
        throw new AppError(
          'CONFLICT',
          { live: false },
          { message: 'the stream is not live: request it with live to change its filters' },
        );
      refuseFixed(patch, { filters, adjustable: mayChange });
      const { patch: earlier = {}, settle = Promise.withResolvers<FilterChange>() } = pending ?? {};
      pending = { patch: { ...without(earlier, patch), ...patch }, settle };
      void work();
      return await settle.promise;
    },
    takeForNext,
    /** Takes a reported change, made by any client. */
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

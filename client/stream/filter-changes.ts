import { AppError } from '#lib/errors.ts';
import type { Adjustable } from '#lib/filters/live.ts';
import { merge, refuseFixed, without } from '#lib/playback/filter-patch.ts';
import type { FilterPatch } from '#lib/playback/settings.ts';
import { hasFailed, isGone } from '../legs/failures.ts';
import type { Adjusted, Leg } from '../legs/leg.ts';
import { checkPatch } from '../request.ts';
import type { ChangeOrder } from './change-order.ts';
import type { FilterChange } from './events.ts';
import { needsStretcher } from './idle-speed.ts';
import type { StreamPlace } from './position.ts';

/** Who makes a stream now, from which sample of the whole on, and what has changed since. */
export type Playing = {
  readonly leg: Pick<Leg, 'setFilters'>;
  readonly atSample: number;
  readonly order: ChangeOrder;
};

export type FilterChangesOptions = {
  readonly place: StreamPlace;
  /** What the request lets be changed. */
  readonly mayChange: readonly Adjustable[];
  /** Undefined while nobody does. */
  readonly playing: () => Playing | undefined;
  /** Has another go on, with the settings as they are then. */
  readonly renew: () => void;
  readonly hasEnded: () => boolean;
};

/** Changes that wait, as one, and those who wait for them. */
type Waiting = { readonly patch: FilterPatch; readonly settle: PromiseWithResolvers<FilterChange> };

/**
 * Changes a live stream, whoever makes it: one change after the other, so that the last that was asked for wins. Those
 * that come while one is under way are made together, and each caller is told what is in force then.
 */
export function createFilterChanges({ place, mayChange, playing, renew, hasEnded }: FilterChangesOptions) {
  let waiting: Waiting | undefined;
  let isWorking = false;

  async function work(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    while (waiting !== undefined) {
      const { patch, settle }: Waiting = waiting;
      waiting = undefined;
      await make(patch).then(settle.resolve, settle.reject);
    }
    isWorking = false;
  }

  async function make(patch: FilterPatch): Promise<FilterChange> {
    for (;;) {
      if (hasEnded()) throw new AppError('CONFLICT', { state: 'ended' }, { message: 'the stream has ended' });
      const asked = playing();
      if (asked === undefined) return takeForNext(patch);
      if (needsStretcher(place.settings(), patch)) {
        renew();
        continue;
      }
      try {
        // Who answers estimates; what was given before the change was asked for has been without it.
        const earliest = place.givenSamples();
        const adjusted = await asked.leg.setFilters(patch);
        const { filters, appliedAtSample } = adjusted;
        const change = { filters, atSample: Math.max(earliest, asked.atSample + appliedAtSample) };
        if (playing() !== asked) continue;
        return asked.order.answered(adjusted) ? take(change) : told(change);
      } catch (error) {
        if (playing() !== asked) continue;
        // What it gave is still read; behind it another goes on.
        if (hasFailed(error)) return takeForNext(patch);
        if (!isGone(error)) throw error;
        // Nobody knows whether it has taken the change: another goes on that has.
        renew();
      }
    }
  }

  /** For whoever makes what comes behind that which was given. */
  function takeForNext(patch: FilterPatch): FilterChange {
    const settings = place.settings();
    if (needsStretcher(settings, patch)) place.allow(mayChange);
    return take({ filters: merge(settings.filters, patch), atSample: place.givenSamples() });
  }

  function take(change: Change): FilterChange {
    place.take(change);
    return told(change);
  }

  return {
    /** Throws FILTER_INVALID for what no stream could take, CONFLICT for what this one cannot. */
    async setFilters(patch: FilterPatch): Promise<FilterChange> {
      checkPatch(patch);
      const { live, filters } = place.settings();
      if (!live) throw new AppError('CONFLICT', { live: false }, { message: 'the stream is not live' });
      refuseFixed(patch, { filters, adjustable: mayChange });
      const { patch: earlier = {}, settle = Promise.withResolvers<FilterChange>() } = waiting ?? {};
      waiting = { patch: { ...without(earlier, patch), ...patch }, settle };
      void work();
      return await settle.promise;
    },
    takeForNext,
    /** One has come about, whoever has made it. */
    heard(asked: Playing, change: Adjusted): void {
      if (playing() !== asked || !asked.order.happened(change)) return;
      place.take({ filters: change.filters, atSample: asked.atSample + change.appliedAtSample });
    },
  };
}

type Change = Parameters<StreamPlace['take']>[0];

function told({ filters, atSample }: Change): FilterChange {
  return { filters, applied_at_sample: atSample };
}

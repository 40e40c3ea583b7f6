import type { FilterPatch, Filters } from '#lib/playback/settings.ts';
import { liveOf, type PlaybackSettings } from '#lib/playback/settings.ts';
import { isSlow, stoppedElsewhere, truncated } from '../legs/failures.ts';
import { type Leg, SKIPPED_SECOND_MS } from '../legs/leg.ts';
import type { Timeouts } from '../options.ts';
import { unitFormat } from '../units/format.ts';
import { createChangeOrder } from './change-order.ts';
import type { FilterChange, StreamEvent } from './events.ts';
import { createFilterChanges, type Playing } from './filter-changes.ts';
import { adjustOf } from './idle-speed.ts';
import { createLegChoice, type LegChoiceOptions, type NextLeg } from './leg-choice.ts';
import { legUnits } from './leg-units.ts';
import { createStreamPlace } from './position.ts';
import { createPatience } from './progress-deadline.ts';
import type { RealTime } from './real-time.ts';

export type ContinuousOptions = Pick<LegChoiceOptions, 'openLeg' | 'candidates' | 'isUsable'> & {
  readonly url: string;
  readonly settings: PlaybackSettings;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StreamEvent) => void;
  /** Milliseconds that the reader has been without audio. */
  readonly readerClock: () => number;
  /** Goes on through all that is played behind each other. */
  readonly realTime: RealTime;
  /** Of several streams behind each other, each has another. */
  readonly serial: number;
};

/** A stream that goes on whoever makes it. */
export type Continuous = {
  /** The audio; throws an AppError when nobody can bring it on. */
  audio(): AsyncGenerator<Buffer>;
  /** Throws CONFLICT (`state`) when it has ended. */
  setFilters(patch: FilterPatch): Promise<FilterChange>;
  filters(): Filters;
  /** What closes a stream that has broken off, so that another may follow. */
  closing(): Buffer;
  /** Who makes it now, or did last, and the service's name of it. */
  leg(): Pick<Leg, 'via' | 'id'>;
  /** Of the source, as far as audio has been given. */
  positionSeconds(): number;
};

/** The stream of one source. */
export type ContinuousTrack = Continuous & {
  /** For whoever goes on from here, if anybody has to. */
  takeFilters(patch: FilterPatch): FilterChange;
};

/** Who makes it now, and how it is told that another is to go on. */
type Current = Playing & { readonly leg: Leg; readonly renewal: AbortController };

/** Audio that a leg has to bring to be one that works. */
const ENOUGH_SECONDS = 1;

export function openContinuous(options: ContinuousOptions): ContinuousTrack {
  const { timeouts, signal, onEvent, realTime, readerClock } = options;
  const format = unitFormat(options.settings);
  const joiner = format.createJoiner(options.serial);
  const place = createStreamPlace({ settings: options.settings, format, given: joiner.given });
  const { settings, positionSeconds } = place;
  const unitMs = (format.unitSamples * 1_000) / options.settings.sample_rate;
  const patience = createPatience(() => timeouts.giveUpMs + skippingMs());
  let last: Pick<Leg, 'via' | 'id'> = { via: 'service', id: undefined };
  let current: Current | undefined;
  let hasEnded = false;

  /** Whoever goes on at a later place takes longer to get there. */
  function skippingMs(): number {
    return positionSeconds() * SKIPPED_SECOND_MS;
  }

  const choice = createLegChoice({
    openLeg: options.openLeg,
    candidates: options.candidates,
    isUsable: options.isUsable,
    wanted: settings,
    plan: () => place.plan(realTime.aheadSeconds()),
    hasBegun: () => joiner.given() > 0,
    onFailure: (via, error, how) => onEvent({ type: 'broken', via, ...how, error, positionSeconds: positionSeconds() }),
    patience,
    signal,
  });

  function begin({ leg, resume }: NextLeg): Current {
    place.restart();
    joiner.begin(resume);
    last = leg;
    const playing: Current = {
      ...{ leg, renewal: new AbortController(), order: createChangeOrder() },
      atSample: resume.atUnit * format.unitSamples,
    };
    current = playing;
    leg.follow?.((change) => changes.heard(playing, change));
    const isResumed = joiner.given() > 0;
    onEvent({ type: 'leg', via: leg.via, id: leg.id, isResumed, positionSeconds: positionSeconds() });
    return playing;
  }

  async function* audio(): AsyncGenerator<Buffer> {
    try {
      while (!joiner.isComplete()) {
        const next = await choice.next();
        if (next === undefined || (yield* audioOf(begin(next)))) break;
      }
      yield joiner.end();
    } finally {
      hasEnded = true;
    }
  }

  /** What a leg brings. Returns whether that was all: else another is to go on. */
  async function* audioOf({ leg, renewal }: Current): AsyncGenerator<Buffer, boolean> {
    const before = joiner.given();
    const hasWorked = (): boolean => (joiner.given() - before) * unitMs >= ENOUGH_SECONDS * 1_000;
    try {
      const units = legUnits(leg, {
        ...{ joiner, unitMs, timeouts, patience, realTime, readerClock, skippingMs },
        reserveMs: (liveOf(settings())?.leadSeconds ?? 0) * 1_000,
        isOutdone: (asking) => choice.isOutdone(leg.via, asking),
        stopped: AbortSignal.any([signal, renewal.signal]),
      });
      for await (const bytes of units) {
        if (hasWorked()) patience.progressed();
        const handedAt = performance.now();
        yield bytes;
        patience.paused(performance.now() - handedAt);
      }
      if (!joiner.isWhole()) throw truncated(leg.via);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (renewal.signal.aborted) choice.forget();
      else if (!isSlow(error) && (await leg.wasStopped())) throw stoppedElsewhere();
      else choice.broke(leg.via, error, { worked: hasWorked() });
      return false;
    } finally {
      current = undefined;
      await leg.stop();
    }
  }

  const changes = createFilterChanges({
    place,
    mayChange: adjustOf(options.settings),
    playing: () => current,
    renew() {
      const playing = current;
      current = undefined;
      playing?.renewal.abort();
    },
    hasEnded: () => hasEnded,
  });

  return {
    audio,
    positionSeconds,
    filters: () => settings().filters,
    closing: joiner.end,
    leg: () => last,
    setFilters: changes.setFilters,
    takeFilters: changes.takeForNext,
  };
}

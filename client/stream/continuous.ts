import { type FilterPatch, type Filters, liveOf, type PlaybackSettings } from '#lib/playback/settings.ts';
import { isTimeout, stoppedElsewhere, truncated } from '../legs/failures.ts';
import { type Leg, SKIPPED_SECOND_MS } from '../legs/leg.ts';
import { unitFormat } from '../units/format.ts';
import { createChangeOrder } from './change-order.ts';
import type { FilterChange, StreamEvent } from './events.ts';
import { createFilterChanges, type Playing } from './filter-changes.ts';
import { adjustOf } from './idle-speed.ts';
import { createLegChoice, type LegChoiceOptions, type NextLeg } from './leg-choice.ts';
import { legUnits } from './leg-units.ts';
import { createStreamPosition } from './position.ts';
import { createProgressDeadline } from './progress-deadline.ts';
import type { RealTime } from './real-time.ts';
import type { Timeouts } from './timeouts.ts';

export type ContinuousOptions = Pick<LegChoiceOptions, 'openLeg' | 'candidates' | 'isUsable'> & {
  readonly settings: PlaybackSettings;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal;
  readonly onEvent: (event: StreamEvent) => void;
  /** Milliseconds that the reader has been without audio. */
  readonly readerClock: () => number;
  /** Shared by all streams that are played one after the other. */
  readonly realTime: RealTime;
  /** Differs between streams that are played one after the other. */
  readonly serial: number;
};

/** A stream that continues when its maker fails. */
export type Continuous = {
  /** The audio; throws an AppError when no maker can continue it. */
  audio(): AsyncGenerator<Buffer>;
  /** Throws CONFLICT (`state`) when it has ended. */
  setFilters(patch: FilterPatch): Promise<FilterChange>;
  filters(): Filters;
  /** What closes a stream that was cut, so that another may follow. */
  closing(): Buffer;
  /** The present maker, or the last one, and the service's id for the stream. */
  leg(): Pick<Leg, 'via' | 'id'>;
  /** In the source, as far as audio has been given. */
  positionSeconds(): number;
};

/** The stream of one source. */
export type ContinuousTrack = Continuous & {
  /** Keeps a change for the next leg, if there is one. */
  takeFilters(patch: FilterPatch): FilterChange;
};

/** The present leg, and what ends it when another is to go on. */
type Current = Playing & { readonly leg: Leg; readonly renewal: AbortController };

/** Audio that a leg has to give to count as working. */
const ENOUGH_SECONDS = 1;

export function openContinuous(options: ContinuousOptions): ContinuousTrack {
  const { timeouts, signal, onEvent, realTime, readerClock } = options;
  const format = unitFormat(options.settings);
  const joiner = format.createJoiner(options.serial);
  const position = createStreamPosition({ settings: options.settings, format, given: joiner.given });
  const { settings, positionSeconds } = position;
  const unitMs = (format.unitSamples * 1_000) / options.settings.sampleRate;
  const deadline = createProgressDeadline(() => timeouts.giveUpMs + skippingMs());
  let last: Pick<Leg, 'via' | 'id'> = { via: 'service', id: undefined };
  let current: Current | undefined;
  let hasEnded = false;

  /** A leg that starts at a later position takes longer to get there. */
  function skippingMs(): number {
    return positionSeconds() * SKIPPED_SECOND_MS;
  }

  const choice = createLegChoice({
    openLeg: options.openLeg,
    candidates: options.candidates,
    isUsable: options.isUsable,
    wanted: settings,
    plan: () => position.plan(realTime.aheadSeconds()),
    hasBegun: () => joiner.given() > 0,
    onFailure: (via, error, how) => onEvent({ type: 'broken', via, ...how, error, positionSeconds: positionSeconds() }),
    deadline,
    signal,
  });

  function begin({ leg, resume }: NextLeg): Current {
    position.restart();
    joiner.begin(resume);
    last = leg;
    const playing: Current = {
      ...{ leg, renewal: new AbortController(), order: createChangeOrder() },
      atSample: resume.atUnit * format.unitSamples,
    };
    current = playing;
    leg.follow?.((change) => changes.reported(playing, change));
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

  /** Yields what a leg gives. Returns whether that was all: else another leg goes on. */
  async function* audioOf({ leg, renewal }: Current): AsyncGenerator<Buffer, boolean> {
    const before = joiner.given();
    const hasWorked = (): boolean => (joiner.given() - before) * unitMs >= ENOUGH_SECONDS * 1_000;
    try {
      const units = legUnits(leg, {
        ...{ joiner, unitMs, timeouts, deadline, realTime, readerClock, skippingMs },
        reserveMs: (liveOf(settings())?.leadSeconds ?? 0) * 1_000,
        findRival: (attempt) => choice.findRival(leg.via, attempt),
        stopped: AbortSignal.any([signal, renewal.signal]),
      });
      for await (const bytes of units) {
        if (hasWorked()) deadline.progressed();
        const handedAt = performance.now();
        yield bytes;
        deadline.paused(performance.now() - handedAt);
      }
      if (!joiner.isWhole()) throw truncated(leg.via);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (renewal.signal.aborted) choice.reset();
      else if (!isTimeout(error) && (await leg.wasStopped())) throw stoppedElsewhere();
      else choice.failed(leg.via, error, { worked: hasWorked() });
      return false;
    } finally {
      current = undefined;
      await leg.stop();
    }
  }

  const changes = createFilterChanges({
    position,
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
